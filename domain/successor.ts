import type { CertificateFacts } from './certificate.ts';
import type { Laggard } from './convergence.ts';

/** What makes an anchor unfit to become the next one. */
export function successorFaults(
  b: CertificateFacts,
  a: CertificateFacts,
  remedy = 'correct spec of the anchor Certificate and renew it',
): readonly Laggard[] {
  const faults = [
    b.isCa ? undefined : 'is not a CA',
    b.keyAlgorithm === 'ECDSA P-256'
      ? undefined
      : `has a key of type ${b.keyAlgorithm}, Linkerd wants ECDSA P-256`,
    b.subject === b.issuer ? undefined : 'is not self-signed',
    b.publicKey === a.publicKey
      ? 'has the key of the anchor before, so nothing would be rotated'
      : undefined,
    Date.parse(b.notAfter) <= Date.parse(a.notAfter) &&
    Date.parse(b.notBefore) < Date.parse(a.notBefore)
      ? 'is older than the anchor in use'
      : undefined,
  ];
  return faults
    .filter((fault) => fault !== undefined)
    .map((reason) => ({ what: 'new trust anchor', reason, remedy }));
}
