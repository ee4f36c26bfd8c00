import type { Server } from 'node:http';
import { createServer } from 'node:http';

import type { CertificateFacts } from '../../../domain/certificate.ts';
import { controlPlaneNamespace, MountPath, Port, trustRootsKey } from '../linkerd-names.ts';
import type { ContainerProcess } from '../node/container-process.ts';
import type { MountedFiles } from '../node/mounted-files.ts';
import type { TcpServer } from '../tcp-server.ts';
import { startTcpServer } from '../tcp-server.ts';
import type { CertifiedLeaf, Certifier, CertifyRequest } from '../proxy/identity-protocol.ts';
import { serveCertify } from '../proxy/identity-protocol.ts';
import { factsOfPem } from '../trust/certificate-facts.ts';
import { decodeCertPool } from '../trust/pem.ts';
import type { EventRecorder } from './event-recorder.ts';
import { parseGoDurationMs } from './go-duration.ts';
import type { Issuer, LeafTimes } from './issuer-file.ts';
import { assertUsable, issuerNotAfterMs, loadIssuer, signLeaf } from './issuer-file.ts';

export interface IdentityOptions {
  readonly podIp: string;
  /** Container arguments; the issuance lifetime and the clock skew allowance are read from them. */
  readonly args: readonly string[];
  readonly files: MountedFiles;
  readonly events: EventRecorder;
  /** The identity that a proxy's token stands for; throws when it is nobody's. */
  authenticate(token: string): Promise<string>;
  /**
   * Serves certify calls on 8080 itself, in plain text. Otherwise the pod's own proxy does, as in a
   * pod whose traffic is redirected.
   */
  readonly listens?: boolean;
}

/** One running `identity` container. */
export interface IdentityController extends ContainerProcess, Certifier {
  /** Chain of the issuer file in use. */
  issuerChain(): readonly CertificateFacts[];
  /** Makes it overlook the next change of its issuer file, as linkerd2 #15109 reports. */
  missNextReload(): void;
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: controlPlaneNamespace,
  name: 'linkerd-identity',
} as const;

/**
 * Starts linkerd-identity: anchors are read here and never again, the issuer is followed.
 *
 * @throws when the bundle or the issuer may not be used; the container then crashes.
 */
export async function startIdentity(options: IdentityOptions): Promise<IdentityController> {
  const { files } = options;
  const anchors = decodeCertPool(files.read(`${MountPath.TrustRoots}/${trustRootsKey}`) ?? '');
  const times = leafTimesFrom(options.args);
  let issuer = loadIssuer(readIssuerFiles(files), anchors);
  let missNext = false;

  const stopWatching = files.onSwap(MountPath.Issuer, () => {
    if (missNext) {
      missNext = false;
      return;
    }
    issuer = reloadIssuer(options, anchors) ?? issuer;
  });
  const certify = async (request: CertifyRequest): Promise<CertifiedLeaf> => {
    const { identity, token } = request;
    const found = await options.authenticate(token);
    if (found !== identity) {
      const names = `requested=${identity}; found=${found}`;
      throw new Error(`requested identity did not match provided token: ${names}`);
    }
    assertIssuing(options, { issuer, anchors, identity });
    const certified = await signLeaf(issuer, request, times);
    recordIssued(options.events, identity, certified);
    return certified;
  };
  const admin = await startAdmin(options.podIp, () => issuer);
  const port = options.listens === true ? await startPort(options.podIp, { certify }) : undefined;

  return {
    ready: () => true,
    issuerChain: () => issuer.chain,
    missNextReload: () => {
      missNext = true;
    },
    certify,
    stop: async () => {
      stopWatching();
      await port?.close();
      admin.closeAllConnections();
      await new Promise<void>((resolve) => admin.close(() => resolve()));
    },
  };
}

/** The event that linkerd-identity records for each leaf, at the service account it is for. */
function recordIssued(events: EventRecorder, identity: string, { leaf }: CertifiedLeaf): void {
  const [name = '', namespace = ''] = identity.split('.');
  const { notAfter, fingerprint } = factsOfPem(leaf);
  const until = notAfter.replace('T', ' ').replace(/\.\d+Z$/, ' +0000 UTC');
  events.record(
    { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name },
    {
      type: 'Normal',
      reason: 'IssuedLeafCertificate',
      message: `issued certificate for ${identity} until ${until}: ${fingerprint}`,
    },
  );
}

function startPort(podIp: string, certifier: Certifier): Promise<TcpServer> {
  return startTcpServer({ host: podIp, port: Port.Identity }, (socket) =>
    serveCertify(socket, () => certifier),
  );
}

/** Nothing when the new issuer is refused: the old one, in memory, goes on. */
function reloadIssuer(
  { files, events }: IdentityOptions,
  anchors: readonly CertificateFacts[],
): Issuer | undefined {
  try {
    const issuer = loadIssuer(readIssuerFiles(files), anchors);
    events.record(deployment, {
      type: 'Normal',
      reason: 'IssuerUpdated',
      message: 'Updated identity issuer',
    });
    return issuer;
  } catch (error) {
    events.record(deployment, {
      type: 'Warning',
      reason: 'IssuerUpdateSkipped',
      message: `Skipping issuer update as certs could not be read from disk: ${messageOf(error)}`,
    });
    return undefined;
  }
}

/** Issuer and anchors may have expired since they were loaded. */
function assertIssuing(
  { events }: IdentityOptions,
  {
    issuer,
    anchors,
    identity,
  }: {
    readonly issuer: Issuer;
    readonly anchors: readonly CertificateFacts[];
    readonly identity: string;
  },
): void {
  try {
    assertUsable(issuer, anchors);
  } catch (error) {
    events.record(deployment, {
      type: 'Warning',
      reason: 'IssuerValidationFailed',
      message: `Failed to issue a certificate for ${identity}: ${messageOf(error)}`,
    });
    throw error;
  }
}

function readIssuerFiles(files: MountedFiles): {
  certificates: string | undefined;
  key: string | undefined;
} {
  return {
    certificates: files.read(`${MountPath.Issuer}/tls.crt`),
    key: files.read(`${MountPath.Issuer}/tls.key`),
  };
}

function leafTimesFrom(args: readonly string[]): LeafTimes {
  return {
    lifetimeMs: parseGoDurationMs(argument(args, 'identity-issuance-lifetime') ?? '24h'),
    clockSkewMs: parseGoDurationMs(argument(args, 'identity-clock-skew-allowance') ?? '20s'),
  };
}

function argument(args: readonly string[], name: string): string | undefined {
  const prefix = `-${name}=`;
  return args.find((arg) => arg.startsWith(prefix))?.slice(prefix.length);
}

/** The admin port serves the only proof of which issuer this very replica uses. */
async function startAdmin(podIp: string, issuer: () => Issuer): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === '/metrics') {
      const ttlSeconds = (issuerNotAfterMs(issuer()) - Date.now()) / 1_000;
      response.end(`# TYPE issuer_cert_ttl_seconds gauge\nissuer_cert_ttl_seconds ${ttlSeconds}\n`);
    } else if (request.url === '/ready') {
      response.end('ok\n');
    } else if (request.url === '/ping') {
      response.end('pong\n');
    } else {
      response.writeHead(404).end('not found\n');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Port.IdentityAdmin, podIp, resolve);
  });
  return server;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
