import type { CertificateFacts } from '../../../domain/certificate.ts';
import type { ChainVerdict, Usage } from '../../../domain/chain.ts';
import { goAccepts, webpkiAccepts } from '../../../domain/chain.ts';
import { certificateBehind } from './certificate-facts.ts';

/** One entry a (certificate, signer key) pair; leaves turn over, so the oldest are dropped. */
const cachedSignatures = 20_000;
const signatureChecks = new Map<string, boolean>();

/** Whether `child`'s signature verifies with `signer`'s key; each pair is computed once. */
export function signedBy(child: CertificateFacts, signer: CertificateFacts): boolean {
  const pair = `${child.fingerprint}/${signer.publicKey}`;
  const known = signatureChecks.get(pair);
  if (known !== undefined) return known;
  const verifies = certificateBehind(child).verify(certificateBehind(signer).publicKey);
  signatureChecks.set(pair, verifies);
  if (signatureChecks.size > cachedSignatures) {
    const [oldest] = signatureChecks.keys();
    if (oldest !== undefined) signatureChecks.delete(oldest);
  }
  return verifies;
}

/** A peer's chain (leaf first) as a proxy that holds `anchors` judges it now. */
export function judgePeer(
  chain: readonly CertificateFacts[],
  anchors: readonly CertificateFacts[],
  usage: Usage,
): ChainVerdict {
  return webpkiAccepts(chain, anchors, { atMs: Date.now(), usage, signedBy });
}

/** An issuer file as linkerd-identity, a Go program, judges it now. */
export function judgeIssuerFile(
  chain: readonly CertificateFacts[],
  anchors: readonly CertificateFacts[],
): ChainVerdict {
  return goAccepts(chain, anchors, { atMs: Date.now(), signedBy });
}
