import { createServer } from 'node:http';
import type { Socket } from 'node:net';

import type { ChainVerdict } from '../../../domain/chain.ts';
import { Port, ProxyEnv } from '../linkerd-names.ts';
import type { ContainerProcess, ReportProblem } from '../node/container-process.ts';
import type { MountedFiles } from '../node/mounted-files.ts';
import { decodeCertificates, decodeCertPool } from '../trust/pem.ts';
import { judgePeer } from '../trust/trust-judge.ts';
import { certifyOverMesh } from './certify-client.ts';
import type { CertifiedLeaf, Certifier } from './identity-protocol.ts';
import { serveCertify } from './identity-protocol.ts';
import { startLeafRefresh } from './leaf-refresh.ts';
import { proxyAdminHandler } from './proxy-admin.ts';
import type { ProxyCredentials } from './proxy-credentials.ts';
import { createProxyCredentials } from './proxy-credentials.ts';
import type { ProxyServer, ProxyServerOptions } from './proxy-server.ts';
import { startProxyServer } from './proxy-server.ts';

/** What an accepted mesh connection is answered with: the client counts nothing less as success. */
export const acceptedByte = 'k';

export interface ProxyOptions {
  readonly podIp: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly files: Pick<MountedFiles, 'read'>;
  /** See `startLeafRefresh`. */
  readonly minRefreshMs: number;
  /** Pod IPs behind the identity service: ready, not terminating. */
  identityPodIps(): readonly string[];
  /** In an identity pod: its identity container, reached by plain loopback. */
  readonly localIdentity?: () => Certifier | undefined;
  /** Called whenever a leaf was taken into use. */
  onChange(): void;
  readonly reportProblem: ReportProblem;
}

/** One running `linkerd-proxy` container. */
export interface Proxy extends ContainerProcess {
  readonly podIp: string;
  readonly credentials: ProxyCredentials;
  refreshes(): { readonly ok: number; readonly error: number };
  /** Why this proxy, as a server, refused the mesh connection from that port; asked once. */
  takeRejection(clientPort: number): ChainVerdict | undefined;
}

/** Rejections nobody asked for, from clients outside the simulator, must not pile up. */
const keptRejections = 200;

/**
 * Starts a proxy on its pod's own address: mesh traffic on 4143, admin on 4191, and 8080 in an
 * identity pod. Anchors are read once, from the environment.
 *
 * @throws when the anchors cannot be read (the container then crashes) or a port is taken.
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const credentials = await createProxyCredentials(
    variable(options, ProxyEnv.LocalName),
    readAnchors(variable(options, ProxyEnv.TrustAnchors)),
  );
  const state: ProxyState = {
    credentials,
    refreshes: { ok: 0, error: 0 },
    rejections: new Map(),
    refreshedMs: undefined,
  };
  const servers = await listenAll(options, credentials, [
    {
      port: Port.Inbound,
      onTls: (socket) => socket.end(acceptedByte),
      endsByItself: true,
      onClientRejected: (clientPort, verdict) => {
        keepRejection(state.rejections, clientPort, verdict);
      },
    },
    adminPort(options, state),
    ...identityPorts(options),
  ]);
  const refresh = startLeafRefresh({
    credentials,
    minRefreshMs: options.minRefreshMs,
    requestLeaf: () => requestLeaf(options, credentials),
    onLeaf: (verdict) => {
      leafJudged(options, state, verdict);
    },
    onFailure: (cause) => {
      options.reportProblem(`${credentials.name} obtained no leaf`, cause);
    },
  });

  return {
    podIp: options.podIp,
    credentials,
    ready: () => state.refreshedMs !== undefined,
    refreshes: () => ({ ...state.refreshes }),
    takeRejection: (clientPort) => {
      const verdict = state.rejections.get(clientPort);
      state.rejections.delete(clientPort);
      return verdict;
    },
    stop: async () => {
      refresh.stop();
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

interface ProxyState {
  readonly credentials: ProxyCredentials;
  readonly refreshes: { ok: number; error: number };
  readonly rejections: Map<number, ChainVerdict>;
  /** When the last leaf was taken into use. */
  refreshedMs: number | undefined;
}

function leafJudged(options: ProxyOptions, state: ProxyState, verdict: ChainVerdict): void {
  state.refreshes[verdict.accepted ? 'ok' : 'error'] += 1;
  if (verdict.accepted) {
    state.refreshedMs = Date.now();
    options.onChange();
  } else {
    options.reportProblem(`${state.credentials.name} refused its own new leaf`, verdict.fault);
  }
}

function adminPort({ environment }: ProxyOptions, state: ProxyState): PortOptions {
  const http = createServer(
    proxyAdminHandler({
      environment,
      // Once ready, a proxy says so for ever, even when its leaf has expired.
      ready: () => state.refreshedMs !== undefined,
      refreshedMs: () => state.refreshedMs,
      leafNotAfterMs: () => state.credentials.leaf()?.notAfterMs,
      refreshes: () => state.refreshes,
    }),
  );
  const serve = (socket: Socket): void => {
    http.emit('connection', socket);
  };
  return { port: Port.Admin, onTls: serve, onPlain: serve };
}

type PortOptions = Pick<ProxyServerOptions, 'port' | 'onTls'> &
  Partial<Pick<ProxyServerOptions, 'onPlain' | 'onClientRejected' | 'endsByItself'>>;

async function listenAll(
  options: ProxyOptions,
  credentials: ProxyCredentials,
  ports: readonly PortOptions[],
): Promise<ProxyServer[]> {
  const servers: ProxyServer[] = [];
  try {
    for (const port of ports) servers.push(await startProxyServer(serverOptions(port)));
    return servers;
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()));
    throw new Error(`A proxy could not listen on ${options.podIp}`, { cause: error });
  }

  function serverOptions(port: PortOptions): ProxyServerOptions {
    return {
      ...port,
      address: options.podIp,
      serverName: credentials.name,
      secureContext: () => credentials.leaf()?.secureContext,
      judgeClient: (chain) => judgePeer(chain, credentials.anchors, 'clientAuth'),
    };
  }
}

function identityPorts({ localIdentity }: ProxyOptions): PortOptions[] {
  if (localIdentity === undefined) return [];
  return [
    {
      port: Port.Identity,
      onTls: (socket) => serveCertify(socket, localIdentity),
      endsByItself: true,
    },
  ];
}

async function requestLeaf(
  options: ProxyOptions,
  credentials: ProxyCredentials,
): Promise<CertifiedLeaf> {
  // Read anew each time: the kubelet renews it.
  const token = options.files.read(variable(options, ProxyEnv.TokenFile));
  if (token === undefined) throw new Error('the pod has no token for identity');
  if (options.localIdentity !== undefined) {
    const local = options.localIdentity();
    if (local === undefined) throw new Error('the identity container of this pod does not serve');
    const { name: identity, signingRequest } = credentials;
    return local.certify({ identity, token, signingRequest });
  }
  const podIps = options.identityPodIps();
  const podIp = podIps[Math.floor(Math.random() * podIps.length)];
  if (podIp === undefined) throw new Error('no identity pod is ready');
  const name = variable(options, ProxyEnv.IdentityName);
  return certifyOverMesh(credentials, { podIp, name }, token);
}

/** The Go helper that starts the proxy refuses texts that the proxy itself would read; both must agree to start. */
function readAnchors(text: string): ProxyCredentials['anchors'] {
  decodeCertPool(text);
  const anchors = decodeCertificates(text);
  if (anchors.length === 0) throw new Error(`${ProxyEnv.TrustAnchors} holds no certificate`);
  return anchors;
}

function variable({ environment }: ProxyOptions, name: string): string {
  const value = environment.get(name);
  if (value === undefined) throw new Error(`The proxy's environment lacks ${name}`);
  return value;
}

function keepRejection(
  rejections: Map<number, ChainVerdict>,
  clientPort: number,
  verdict: ChainVerdict,
): void {
  rejections.set(clientPort, verdict);
  const [oldest] = rejections.keys();
  if (rejections.size > keptRejections && oldest !== undefined) rejections.delete(oldest);
}
