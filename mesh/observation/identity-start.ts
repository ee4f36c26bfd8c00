import { goAccepts } from '../../domain/chain.ts';
import { createSignatureOracle } from '../signature-oracle.ts';
import { splitPem } from '../x509.ts';

/**
 * Whether a linkerd-identity that starts at `atMs` (Unix milliseconds) with this bundle would take this
 * issuer file; one that would not exits (linkerd2 `controller/cmd/identity/main.go`).
 * @throws CertificateParseError
 */
export async function identityAccepts(
  issuerChainPem: string,
  { bundlePem, atMs }: { readonly bundlePem: string; readonly atMs: number },
): Promise<boolean> {
  const oracle = createSignatureOracle();
  const chain = await oracle.learn(splitPem(issuerChainPem));
  const anchors = await oracle.learn(splitPem(bundlePem));
  return goAccepts(chain, anchors, { atMs, signedBy: oracle.signedBy }).accepted;
}
