import 'reflect-metadata';
import { createPrivateKey, KeyObject, randomBytes } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const p256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const hourMs = 3_600_000;

/** An issuer as its Secret holds it; PEM. */
export interface Issuer {
  /** Its certificate, then what stands behind it. */
  readonly chainPem: string;
  readonly keyPem: string;
}

/** A leaf as linkerd-identity would sign it, with a key of its own and the issuer's chain behind it. */
export async function signLeaf(issuer: Issuer): Promise<{ keyPem: string; chainPem: string }> {
  const issuerCertificate = new x509.X509Certificate(issuer.chainPem);
  // cert-manager writes SEC 1, which WebCrypto does not read.
  const der = createPrivateKey(issuer.keyPem).export({ type: 'pkcs8', format: 'der' });
  const signingKey = await crypto.subtle.importKey('pkcs8', der, p256, false, ['sign']);
  const keys = await crypto.subtle.generateKey(p256, true, ['sign', 'verify']);
  const name = 'paper.bench.serviceaccount.identity.linkerd.cluster.local';
  const leaf = await x509.X509CertificateGenerator.create({
    // The first bit must be clear: serial numbers are positive.
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    subject: `CN=${name}`,
    issuer: issuerCertificate.subjectName,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: p256,
    notBefore: new Date(Date.now() - 10_000),
    notAfter: new Date(Math.min(Date.now() + hourMs, issuerCertificate.notAfter.getTime())),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }]),
    ],
  });
  return {
    keyPem: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    chainPem: `${leaf.toString('pem')}\n${issuer.chainPem}`,
  };
}
