import type { CertificateFacts } from '../domain/certificate.ts';
import { shortFingerprint } from '../domain/certificate.ts';
import type { MeshObjects } from '../domain/objects.ts';
import type { Sourced } from '../domain/sources.ts';
import { importsAnchor, importsBridge } from '../domain/sources.ts';
import type { AnchorFacts } from './anchors.ts';
import { hasIntermediate, readAnchor } from './anchors.ts';
import { readBridgeExchange } from './bridge-exchange.ts';
import { bridgeFault } from './bridge-fault.ts';
import type { CertificateRequestObject, RequestSpec } from './certificate-requests.ts';
import {
  deleteRequest,
  listOwnedRequests,
  requestCertificate,
  RequestDeniedError,
  RequestFailedError,
} from './certificate-requests.ts';
import { publicKeyOfRequest } from './certificate-signing-request.ts';
import { certificateRef, readCertificate } from './certificates.ts';
import { copyKeyPair } from './key-pair-copy.ts';
import { requestOfPair } from './key-pair-request.ts';
import type { Kube } from './kubernetes/kube.ts';
import { readTlsSecret, secretRef } from './tls-secret.ts';
import type { WaitOptions } from './wait.ts';
import { parseCertificate, splitPem } from './x509.ts';

/** Bx and what it stands between. */
export interface Bridge {
  /** Bx: B's subject and key, signed by A. */
  readonly certificate: CertificateFacts;
  readonly pem: string;
  /** `false`: the Secret held a good bridge already. */
  readonly changed: boolean;
}

export interface BridgeOptions extends WaitOptions, Sourced {
  readonly a: { readonly pem: string };
  /** A bridge that ends before this is of no use; Unix milliseconds. Left out: any end will do. */
  readonly neededUntilMs?: number;
}

/** A cannot cross-sign B here. The rotation can go on with method overlap. */
export class BridgeError extends Error {
  override readonly name = 'BridgeError';
}

/**
 * Has A, which the ClusterIssuer is pinned to, sign B's own CSR, or takes what the owner of A has
 * answered to it, and keeps the result with B's key in the bridge Secret. Idempotent.
 * @throws BridgeError, RequestDeniedError, RequestFailedError, RequestGoneError, TlsSecretError,
 *   DeadlineError
 */
export async function ensureBridge(
  kube: Kube,
  objects: MeshObjects,
  options: BridgeOptions,
): Promise<Bridge> {
  const b = await readSuccessor(kube, objects);
  const present = await readBridge(kube, objects);
  const wanted = { ...options, b };
  if (present !== undefined && (await bridgeFault(present.pem, wanted)) === undefined) {
    return { ...present, changed: false };
  }
  const pem = importsBridge(options)
    ? await handedIn(kube, objects, wanted)
    : await crossSigned(kube, objects, wanted);
  const { changed } = await copyKeyPair(kube, {
    from: secretRef(objects.trustNamespace, objects.trustAnchor),
    to: secretRef(objects.trustNamespace, objects.bridge),
    certificatePem: pem,
    caPem: options.a.pem,
  });
  await deleteRequest(kube, objects.trustNamespace, requestName(objects, b.certificate));
  return { certificate: await parseCertificate(pem), pem, changed };
}

type Wanted = BridgeOptions & { readonly b: AnchorFacts };

/** What the owner of A has answered. */
async function handedIn(kube: Kube, objects: MeshObjects, wanted: Wanted): Promise<string> {
  const pem = splitPem((await readBridgeExchange(kube, objects))?.answerPem ?? '')[0] ?? '';
  const fault = await bridgeFault(pem, wanted);
  if (fault === undefined) return pem;
  throw new BridgeError(
    `The bridge that was handed in is not usable: ${fault}. Next step: have the request signed again ("linkerd-trust bridge-request"), hand its answer in, then resume.`,
  );
}

/** What cert-manager signs with A. */
async function crossSigned(kube: Kube, objects: MeshObjects, wanted: Wanted): Promise<string> {
  const { b } = wanted;
  const name = requestName(objects, b.certificate);
  const spec: RequestSpec = {
    namespace: objects.trustNamespace,
    name,
    ...(await requestOfSuccessor(kube, objects, { ...wanted, b: b.certificate })),
    isCa: true,
    durationMs: Date.parse(b.certificate.notAfter) - (await kube.serverTime()).serverMs,
    issuerRef: { name: objects.clusterIssuer, kind: 'ClusterIssuer' },
  };
  const certificatePem = await crossSign(kube, spec, wanted);
  const pem = splitPem(certificatePem)[0] ?? '';
  const fault = await bridgeFault(pem, wanted);
  if (fault === undefined) return pem;
  // Not kept: the next attempt must ask anew instead of taking this answer up again.
  await deleteRequest(kube, objects.trustNamespace, name);
  throw new BridgeError(
    `The cross-signed certificate is not usable: ${fault}. Next step: check that ClusterIssuer ${objects.clusterIssuer} signs with the anchor in use, then retry.`,
  );
}

/**
 * The CSR that B's key has signed: cert-manager keeps that of an anchor that it made; for an imported
 * one it is made from the pair.
 * @throws BridgeError, TlsSecretError
 */
export async function requestOfSuccessor(
  kube: Kube,
  objects: MeshObjects,
  { b, ...sourced }: Sourced & { readonly b: CertificateFacts },
): Promise<{ readonly csrPem: string; readonly usages: readonly string[] }> {
  if (!importsAnchor(sourced)) return ownRequest(kube, objects, b);
  const pair = secretRef(objects.trustNamespace, objects.trustAnchor);
  const csrPem = await requestOfPair(kube, pair, b.fingerprint);
  return { csrPem, usages: ['cert sign', 'crl sign'] };
}

/** A refused request stays refused, and no Certificate owns it: it is not left behind. */
async function crossSign(kube: Kube, spec: RequestSpec, wait: WaitOptions): Promise<string> {
  try {
    return (await requestCertificate(kube, spec, wait)).certificatePem;
  } catch (error) {
    if (error instanceof RequestDeniedError || error instanceof RequestFailedError) {
      await deleteRequest(kube, spec.namespace, spec.name);
    }
    throw error;
  }
}

/** The bridge that lies in its Secret; `undefined` without one. */
export async function readBridge(
  kube: Kube,
  objects: MeshObjects,
): Promise<{ readonly certificate: CertificateFacts; readonly pem: string } | undefined> {
  const secret = await readTlsSecret(kube, secretRef(objects.trustNamespace, objects.bridge));
  if (secret === undefined || !secret.hasKey) return undefined;
  return { certificate: secret.certificate, pem: splitPem(secret.chainPem)[0] ?? '' };
}

/**
 * Deletes the bridge Secret, and with it the second copy of B's key. A request for it that nobody has
 * decided on goes, too: approved later, it would have A sign B's key after all.
 */
export async function removeBridge(
  kube: Kube,
  objects: MeshObjects,
  b: CertificateFacts | undefined,
): Promise<void> {
  const { trustNamespace } = objects;
  if (b !== undefined) await deleteRequest(kube, trustNamespace, requestName(objects, b));
  await kube.delete(secretRef(trustNamespace, objects.bridge));
}

async function readSuccessor(kube: Kube, objects: MeshObjects): Promise<AnchorFacts> {
  const { trustNamespace: namespace, trustAnchor: name } = objects;
  const b = await readAnchor(kube, { namespace, name });
  if (b === undefined) {
    throw new BridgeError(
      `Secret ${namespace}/${name} does not exist, so there is nothing to cross-sign. Next step: renew Certificate ${name} first.`,
    );
  }
  if (hasIntermediate(b)) {
    throw new BridgeError(
      `The key of the new anchor ${b.certificate.subject} is never in the cluster (${b.signer.subject} signs for it), so nothing here can ask for a bridge to it. Next step: rotate with method overlap, which needs no cross-signing.`,
    );
  }
  return b;
}

/**
 * B's own CSR, made by cert-manager with B's key when B was issued: the newest owned request keeps
 * it. Usages must equal those in the CSR, or cert-manager's webhook refuses the request.
 */
async function ownRequest(
  kube: Kube,
  objects: MeshObjects,
  b: CertificateFacts,
): Promise<{ readonly csrPem: string; readonly usages: readonly string[] }> {
  const { trustNamespace: namespace, trustAnchor: name } = objects;
  const anchor = await readCertificate(kube, certificateRef(namespace, name));
  for (const request of await listOwnedRequests(kube, anchor)) {
    const csrPem = Buffer.from(request.spec.request, 'base64').toString('utf8');
    if ((await publicKeyOfRequest(csrPem)) === b.publicKey) {
      return { csrPem, usages: usagesOf(request, anchor.usages) };
    }
  }
  throw new BridgeError(
    `No CertificateRequest of Certificate ${namespace}/${name} holds the CSR of ${b.fingerprint}; it was deleted. Next step: rotate with method overlap, which needs no cross-signing.`,
  );
}

function usagesOf(
  request: CertificateRequestObject,
  ofCertificate: readonly string[],
): readonly string[] {
  return request.spec.usages ?? ofCertificate;
}

function requestName(objects: MeshObjects, b: CertificateFacts): string {
  return `${objects.bridge}-${shortFingerprint(b.fingerprint)}`;
}
