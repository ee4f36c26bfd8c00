import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** What a fresh key asks to have certified. */
export interface SigningRequest {
  readonly commonName: string;
  readonly dnsNames?: readonly string[];
}

export interface FreshRequest {
  readonly csrPem: string;
  /** Lives in memory only; whoever does not need it lets it go. */
  readonly privateKey: webcrypto.CryptoKey;
}

/** A CSR (ECDSA P-256) with a key made for it. */
export async function createSigningRequest(request: SigningRequest): Promise<FreshRequest> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const names = (request.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value }));
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [request.commonName] }],
    keys,
    signingAlgorithm: algorithm,
    extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)],
  });
  return { csrPem: csr.toString('pem'), privateKey: keys.privateKey };
}

/** SHA-256 of the public key in a CSR, lower-case hex: comparable with `CertificateFacts.publicKey`. */
export async function publicKeyOfRequest(csrPem: string): Promise<string> {
  const { publicKey } = new x509.Pkcs10CertificateRequest(csrPem);
  return Buffer.from(await crypto.subtle.digest('SHA-256', publicKey.rawData)).toString('hex');
}
