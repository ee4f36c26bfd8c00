import type { CertificateFacts } from '../domain/certificate.ts';
import { isInDate } from '../domain/certificate.ts';
import type { MeshObjects } from '../domain/objects.ts';
import type { AnchorFacts } from './anchors.ts';
import { readAnchor } from './anchors.ts';
import { writeBundle } from './bundle-text.ts';
import { CertificateMissingError, certificateRef, readCertificate } from './certificates.ts';
import { explainCondition, isTrue } from './conditions.ts';
import type { Kube } from './kubernetes/kube.ts';
import { identityAccepts } from './observation/identity-start.ts';
import { requireTrustAnchor } from './observation/trust-objects.ts';
import type { TlsSecretFacts } from './tls-secret.ts';
import { readTlsSecret, secretRef } from './tls-secret.ts';
import type { WaitOptions } from './wait.ts';
import { waitFor } from './wait.ts';

/** The bundle that linkerd-identity is to start with. */
export interface InitialBundle {
  /** Canonical PEM, as trust-manager writes it. */
  readonly pem: string;
  readonly anchors: readonly CertificateFacts[];
  /** What a person should know of it. */
  readonly notes: readonly string[];
}

/** linkerd-identity, or the proxies, would not live with this bundle. */
export class BundleRefusedError extends Error {
  override readonly name = 'BundleRefusedError';

  constructor(happened: string, nextStep: string) {
    super(`Could not make the trust bundle: ${happened}. Next step: ${nextStep}.`);
  }
}

/**
 * Makes the bundle from what cert-manager has issued, before Linkerd or trust-manager are there. It is
 * judged as linkerd-identity would judge it at its start.
 * @param atMs Unix milliseconds
 * @throws BundleRefusedError, ObservationError when there is no anchor, TlsSecretError
 */
export async function makeInitialBundle(
  kube: Kube,
  objects: MeshObjects,
  atMs: number,
): Promise<InitialBundle> {
  const { trustNamespace, linkerdNamespace } = objects;
  const [anchor, previous, issuer] = await Promise.all([
    requireTrustAnchor(kube, objects),
    readAnchor(kube, { namespace: trustNamespace, name: objects.previousAnchor }),
    readTlsSecret(kube, secretRef(linkerdNamespace, objects.identityIssuer)),
  ]);
  const kept = previous !== undefined && isInDate(previous.certificate, atMs) ? [previous] : [];
  const all = [anchor, ...kept];
  for (const one of all) refuseUnfitAnchor(one, atMs);
  const pem = await writeBundle(all.map((one) => one.pem));
  if (issuer !== undefined) await refuseUnfitIssuer(issuer, { bundlePem: pem, atMs });
  return {
    pem,
    anchors: distinct(all.map(({ certificate }) => certificate)),
    notes: [
      ...(issuer === undefined
        ? [
            `Secret ${linkerdNamespace}/${objects.identityIssuer} is not there yet: the bundle was not compared with the identity issuer`,
          ]
        : []),
      ...(previous !== undefined && kept.length === 0
        ? [
            `the anchor in Secret ${trustNamespace}/${objects.previousAnchor} is out of its dates and was left out`,
          ]
        : []),
    ],
  };
}

/**
 * Waits until there are anchor and identity issuer: issued by cert-manager, or handed in where no
 * Certificate makes the anchor.
 * @throws DeadlineError with what is missing; TlsSecretError
 */
export async function awaitCertificates(
  kube: Kube,
  objects: MeshObjects,
  wait: WaitOptions,
): Promise<void> {
  const { trustNamespace, trustAnchor, linkerdNamespace, identityIssuer } = objects;
  const anchor = { namespace: trustNamespace, name: trustAnchor };
  await waitFor(`trust anchor ${trustNamespace}/${trustAnchor}`, wait, async () => {
    const missing = await notReady(kube, anchor);
    if (missing === undefined) return { done: true, value: undefined };
    const isHandedIn =
      !missing.isCertificateThere && (await readAnchor(kube, anchor)) !== undefined;
    return isHandedIn ? { done: true, value: undefined } : { done: false, progress: missing.text };
  });
  await awaitCertificate(kube, { namespace: linkerdNamespace, name: identityIssuer }, wait);
}

/** @throws DeadlineError with cert-manager's own reason */
export async function awaitCertificate(
  kube: Kube,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  wait: WaitOptions,
): Promise<void> {
  await waitFor(`cert-manager to issue Certificate ${namespace}/${name}`, wait, async () => {
    const missing = await notReady(kube, { namespace, name });
    return missing === undefined
      ? { done: true, value: undefined }
      : { done: false, progress: missing.text };
  });
}

async function notReady(
  kube: Kube,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<{ readonly text: string; readonly isCertificateThere: boolean } | undefined> {
  const what = `Certificate ${namespace}/${name}`;
  try {
    const { ready } = await readCertificate(kube, certificateRef(namespace, name));
    if (isTrue(ready)) return undefined;
    const text = `${what} is not Ready yet (${explainCondition(ready)})`;
    return { text, isCertificateThere: true };
  } catch (error) {
    if (!(error instanceof CertificateMissingError)) throw error;
    return { text: `${what} does not exist yet`, isCertificateThere: false };
  }
}

/** What `linkerd check` calls supported (linkerd2 `pkg/issuercerts/issuercerts.go`). */
const anchorAlgorithms = ['ECDSA P-256', 'RSA 2048', 'RSA 4096'];

function refuseUnfitAnchor({ certificate, chain }: AnchorFacts, atMs: number): void {
  const { subject, keyAlgorithm, notBefore, notAfter, isCa } = certificate;
  if (chain.length > 1) {
    throw new BundleRefusedError(
      `the Secret of ${subject} holds ${String(chain.length)} certificates, and which one is the anchor is not certain`,
      'leave the one certificate in tls.crt that belongs to tls.key',
    );
  }
  if (!isCa) {
    throw new BundleRefusedError(
      `${subject} is no CA, so nothing verifies under it`,
      'set spec.isCA: true on its Certificate',
    );
  }
  if (!isInDate(certificate, atMs)) {
    throw new BundleRefusedError(
      `${subject} is valid from ${notBefore} to ${notAfter} only`,
      'renew it, and look at the clocks',
    );
  }
  if (!anchorAlgorithms.includes(keyAlgorithm)) {
    throw new BundleRefusedError(
      `${subject} has a key of ${keyAlgorithm}, which Linkerd does not support`,
      'set spec.privateKey of its Certificate to algorithm ECDSA, size 256',
    );
  }
}

async function refuseUnfitIssuer(
  { certificate, chainPem }: TlsSecretFacts,
  judged: { readonly bundlePem: string; readonly atMs: number },
): Promise<void> {
  const { subject, isCa, keyAlgorithm } = certificate;
  if (!isCa || keyAlgorithm !== 'ECDSA P-256') {
    throw new BundleRefusedError(
      `the identity issuer ${subject} ${isCa ? `has a key of ${keyAlgorithm}` : 'is no CA'}, so linkerd-identity issues nothing with it`,
      'set spec.isCA: true and spec.privateKey to algorithm ECDSA, size 256 on its Certificate',
    );
  }
  if (await identityAccepts(chainPem, judged)) return;
  throw new BundleRefusedError(
    `the identity issuer ${subject} does not verify under it, so linkerd-identity would exit at its start`,
    'renew the identity issuer (cmctl renew), then make the bundle again',
  );
}

function distinct(certificates: readonly CertificateFacts[]): readonly CertificateFacts[] {
  return [...new Map(certificates.map((one) => [one.fingerprint, one])).values()];
}
