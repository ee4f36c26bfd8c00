import type { Anchor } from '../domain/anchors.ts';
import type { CertificateFacts } from '../domain/certificate.ts';
import type { ObjectRef } from './kubernetes/resources.ts';
import { describeObject } from './kubernetes/resources.ts';
import { createSignatureOracle } from './signature-oracle.ts';
import type { TlsSecretFacts } from './tls-secret.ts';
import { TlsSecretError } from './tls-secret.ts';
import { splitPem } from './x509.ts';

/**
 * The anchor that a Secret stands for: what lies in `tls.crt` where that has signed itself, else the
 * self-signed certificate in `ca.crt` that has signed it. The latter is how cert-manager writes down a CA
 * that it has from elsewhere, and the way to sign under a root whose key is never in the cluster.
 * @throws TlsSecretError where it is neither
 */
export async function rootOf(
  ref: ObjectRef,
  { certificate, chainPem, caPem = '' }: Pick<TlsSecretFacts, 'certificate' | 'chainPem' | 'caPem'>,
): Promise<Anchor> {
  const [pem = ''] = splitPem(chainPem);
  const roots = splitPem(caPem);
  const oracle = createSignatureOracle();
  const [, ...known] = await oracle.learn([pem, ...roots]);
  const hasSigned = (signer: CertificateFacts, child: CertificateFacts): boolean =>
    signer.subject === child.issuer && oracle.signedBy(child, signer);

  if (hasSigned(certificate, certificate)) return { certificate, pem };
  const at = known.findIndex((root) => hasSigned(root, root) && hasSigned(root, certificate));
  const [root, rootPem] = [known[at], roots[at]];
  if (root !== undefined && rootPem !== undefined) return { certificate: root, pem: rootPem };
  throw new TlsSecretError(
    `${describeObject(ref)} stands for no trust anchor: ${certificate.subject} in tls.crt is not self-signed, and ${describeRoots(known)}. Next step: put the root that has signed it into ca.crt, or a self-signed CA into tls.crt.`,
  );
}

function describeRoots(known: readonly CertificateFacts[]): string {
  if (known.length === 0) return 'there is no certificate in ca.crt';
  const subjects = known.map(({ subject }) => subject).join('; ');
  return `ca.crt (${subjects}) holds no self-signed certificate that has signed it`;
}
