import type { CertificateFacts } from './certificate.ts';
import { isInDate } from './certificate.ts';
import type { Laggard } from './convergence.ts';
import type { MeshObjects } from './objects.ts';
import { successorFaults } from './successor.ts';

/** What the rotation does not make itself, and waits for. */
export type ImportKind = 'anchor' | 'bridge';

/** An anchor as its owner has handed it in. */
export interface HandedInAnchor {
  readonly certificate: CertificateFacts;
  /** Name of the Secret that it lies in. */
  readonly secretName: string;
  /** Certificates in `tls.crt`. */
  readonly certificates: number;
  /** Whether its private key lies beside it. */
  readonly hasKey: boolean;
}

/** What a handed-in anchor is judged against. */
export interface AnchorImport {
  readonly a: CertificateFacts;
  /** The identity issuer in use. */
  readonly issuer: CertificateFacts;
  readonly objects: MeshObjects;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** What the owner of the new anchor has to do, while nothing is there to be judged. */
export function anchorAwaited(objects: MeshObjects): Laggard {
  return {
    what: 'new trust anchor',
    reason: `is not in Secret ${objects.trustNamespace}/${objects.nextAnchor} yet`,
    remedy: `put its pair there: kubectl -n ${objects.trustNamespace} create secret tls ${objects.nextAnchor} --cert anchor.crt --key anchor.key`,
  };
}

/** Why a handed-in anchor cannot be taken over; a successor that cert-manager made is judged by the same rules. */
export function anchorImportFaults(
  { certificate, secretName, certificates, hasKey }: HandedInAnchor,
  { a, issuer, objects, atMs }: AnchorImport,
): readonly Laggard[] {
  const remedy = `put a fit pair into Secret ${objects.trustNamespace}/${secretName} in its place`;
  const reasons = [
    hasKey
      ? undefined
      : 'comes without its private key (tls.key), so nothing could sign the identity issuer with it',
    certificates === 1
      ? undefined
      : `stands in tls.crt with ${String(certificates - 1)} more, so cert-manager cannot sign with it`,
    isInDate(certificate, atMs)
      ? undefined
      : `is not in its dates (from ${certificate.notBefore} to ${certificate.notAfter})`,
    certificate.lacksCertSign === true
      ? 'has a key usage that lets it sign no certificates'
      : undefined,
    certificate.subject === issuer.subject
      ? 'has the subject of the identity issuer, which path building cannot tell apart'
      : undefined,
  ];
  return [
    ...successorFaults(certificate, a, remedy),
    ...reasons
      .filter((reason) => reason !== undefined)
      .map((reason) => ({ what: 'new trust anchor', reason, remedy })),
  ];
}

/** What the owner of the anchor in use has to do. */
export function bridgeAwaited(
  reason: string,
  ask: { readonly a: CertificateFacts; readonly neededUntil: string },
): Laggard {
  return {
    what: 'bridge',
    reason,
    remedy: `linkerd-trust bridge-request > bridge.csr; have the key of ${ask.a.subject} sign it as a CA that ends after ${ask.neededUntil}; linkerd-trust import-bridge --cert bridge.crt`,
  };
}
