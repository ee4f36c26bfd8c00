import type { CertificateFacts } from '../domain/certificate.ts';
import { shortFingerprint } from '../domain/certificate.ts';
import { createSignatureOracle } from './signature-oracle.ts';
import { CertificateParseError } from './x509.ts';

/** What a bridge is judged against. */
export interface WantedBridge {
  readonly a: { readonly pem: string };
  readonly b: { readonly certificate: CertificateFacts };
  /** A bridge that ends before this is of no use; Unix milliseconds. Left out: any end will do. */
  readonly neededUntilMs?: number;
}

/** Why a certificate is not B's cross-signed twin under A; `undefined` when it is. */
export async function bridgeFault(pem: string, wanted: WantedBridge): Promise<string | undefined> {
  const oracle = createSignatureOracle();
  const [bridge, anchor] = await oracle.learn([pem, wanted.a.pem]).catch(noCertificate);
  if (bridge === undefined || anchor === undefined) return 'it is no certificate that can be read';
  const { certificate } = wanted.b;
  if (bridge.publicKey !== certificate.publicKey) return 'its key is not that of the new anchor';
  if (bridge.subject !== certificate.subject) return 'its subject is not that of the new anchor';
  return (
    caFault(bridge) ??
    dateFault(bridge, wanted.neededUntilMs) ??
    (bridge.issuer === anchor.subject && oracle.signedBy(bridge, anchor)
      ? undefined
      : `it is not signed by the anchor in use (${shortFingerprint(anchor.fingerprint)})`)
  );
}

/** A leaf stands under the identity issuer, and that under the bridge. */
function caFault(bridge: CertificateFacts): string | undefined {
  if (!bridge.isCa) return 'it is no CA';
  if (bridge.lacksCertSign === true) return 'its key usage lets it sign no certificates';
  if (bridge.pathLength === 0) return 'its path length 0 leaves no room for the identity issuer';
  const usages = bridge.extendedKeyUsages;
  const lacking = ['serverAuth', 'clientAuth'].filter((usage) => !usages.includes(usage));
  return usages.length > 0 && lacking.length > 0
    ? `its extended key usages lack ${lacking.join(' and ')}`
    : undefined;
}

function dateFault(bridge: CertificateFacts, neededUntilMs = 0): string | undefined {
  const { notBefore, notAfter } = bridge;
  const nowMs = Date.now();
  if (Date.parse(notAfter) <= nowMs) return `it expired at ${notAfter}`;
  // What cert-manager has just signed may be dated a second ahead of our clock.
  if (Date.parse(notBefore) > nowMs + clockSlackMs) return `it begins only at ${notBefore}`;
  if (Date.parse(notAfter) < neededUntilMs) {
    return `it ends on ${notAfter}, before the rotation could be over`;
  }
  return undefined;
}

const clockSlackMs = 60_000;

function noCertificate(error: unknown): readonly CertificateFacts[] {
  if (error instanceof CertificateParseError) return [];
  throw error;
}
