import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const hourMs = 3_600_000;

/** The same self-signed certificate with the same key, whose time was up an hour ago. */
export async function expiredTwin(pem: string, keyPem: string): Promise<string> {
  const original = new x509.X509Certificate(pem);
  const twin = await x509.X509CertificateGenerator.create({
    subject: original.subject,
    issuer: original.issuer,
    publicKey: original.publicKey,
    signingKey: await importKey(keyPem),
    signingAlgorithm: ecdsa,
    notBefore: new Date(original.notBefore.getTime() - 3 * hourMs),
    notAfter: new Date(Date.now() - hourMs),
    extensions: original.extensions,
  });
  return `${twin.toString('pem')}\n`;
}

/** cert-manager writes SEC1 or PKCS#8, Web Crypto reads the latter. */
function importKey(keyPem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'der' });
  return crypto.subtle.importKey('pkcs8', new Uint8Array(der), ecdsa, false, ['sign']);
}
