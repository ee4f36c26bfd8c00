import 'reflect-metadata';
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { CertificateFacts } from '../domain/certificate.ts';

/** PEM text of one certificate, or its DER. */
export type EncodedCertificate = string | Uint8Array;

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

const usageNames: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
};

/** A mesh has few anchors and issuers, each survey reads them again, and to decode one takes a millisecond. */
const mostDecoded = 200;
const decoded = new Map<string, x509.X509Certificate>();
const knownFacts = new WeakMap<x509.X509Certificate, Promise<CertificateFacts>>();

/** Text that should be a certificate is none. The text itself is never quoted: it may be a key. */
export class CertificateParseError extends Error {
  override readonly name = 'CertificateParseError';
}

/**
 * The public facts of the first certificate in `encoded`.
 * @throws CertificateParseError
 */
export async function parseCertificate(encoded: EncodedCertificate): Promise<CertificateFacts> {
  const certificate = decodeCertificate(encoded);
  const facts = knownFacts.get(certificate) ?? factsOf(certificate);
  knownFacts.set(certificate, facts);
  return facts;
}

/** The facts of every certificate of a PEM file in its order (leaf first in a chain); [] without any. */
export async function parseChain(pem: string): Promise<CertificateFacts[]> {
  return Promise.all(splitPem(pem).map((block) => parseCertificate(block)));
}

/** The CERTIFICATE blocks of a text, in its order, each as PEM text of its own. */
export function splitPem(pem: string): string[] {
  return pem.match(certificateBlock) ?? [];
}

/** Decodes with `@peculiar/x509`; what `parseCertificate` and the signature oracle share. */
export function decodeCertificate(encoded: EncodedCertificate): x509.X509Certificate {
  if (typeof encoded !== 'string') return decode(Buffer.from(encoded));
  const [block] = splitPem(encoded);
  if (block === undefined) {
    throw new CertificateParseError('The text holds no CERTIFICATE block.');
  }
  // Not the text itself: it would keep what it was cut out of, which may hold a key.
  const digest = sha256(Buffer.from(block));
  const known = decoded.get(digest);
  if (known !== undefined) return known;
  const certificate = decode(block);
  if (decoded.size >= mostDecoded) decoded.clear();
  decoded.set(digest, certificate);
  return certificate;
}

function decode(block: string | Buffer): x509.X509Certificate {
  try {
    return new x509.X509Certificate(block);
  } catch (error) {
    throw new CertificateParseError('The CERTIFICATE block is not an X.509 certificate.', {
      cause: error,
    });
  }
}

/** SHA-256 of the DER, lower-case hex: the name of a certificate everywhere in the product. */
export function fingerprintOf(certificate: x509.X509Certificate): string {
  return sha256(certificate.rawData);
}

/**
 * Whether a private key (PKCS#8, SEC1 or PKCS#1 PEM) belongs to the certificate. Unreadable text
 * belongs to nothing. The key is only compared: nothing of it leaves this function.
 */
export function keyMatches(keyPem: string, certificate: CertificateFacts): boolean {
  try {
    const publicKey = createPublicKey(createPrivateKey(keyPem));
    return sha256(publicKey.export({ type: 'spki', format: 'der' })) === certificate.publicKey;
  } catch {
    // OpenSSL's reasons ("unsupported", "bad base64") add nothing: such a text is no key of anything.
    return false;
  }
}

async function factsOf(certificate: x509.X509Certificate): Promise<CertificateFacts> {
  const constraints = certificate.getExtension(x509.BasicConstraintsExtension);
  const authority = certificate.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId;
  const usages = certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages ?? [];
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  return {
    fingerprint: fingerprintOf(certificate),
    subjectKeyId: await subjectKeyId(certificate),
    ...(authority === undefined ? {} : { authorityKeyId: authority.toLowerCase() }),
    subject: certificate.subject,
    issuer: certificate.issuer,
    publicKey: sha256(certificate.publicKey.rawData),
    keyAlgorithm: keyAlgorithm(certificate),
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    isCa: constraints?.ca ?? false,
    ...(constraints?.pathLength === undefined ? {} : { pathLength: constraints.pathLength }),
    ...(lacksCertSign(certificate) ? { lacksCertSign: true } : {}),
    // The library's list is an Array of its own class: its `map` would not make a plain one.
    extendedKeyUsages: Array.from(usages, (usage) => usageName(String(usage))),
    dnsNames: names.filter((name) => name.type === 'dns').map((name) => name.value),
  };
}

/** An absent extension, and one without any bit, forbid nothing. */
function lacksCertSign(certificate: x509.X509Certificate): boolean {
  const usages = certificate.getExtension(x509.KeyUsagesExtension)?.usages ?? 0;
  return usages !== 0 && (usages & x509.KeyUsageFlags.keyCertSign) === 0;
}

function usageName(oid: string): string {
  return usageNames[oid] ?? oid;
}

/** Leaves of linkerd-identity carry no identifier; RFC 5280 §4.2.1.2 (1) says how to derive one. */
async function subjectKeyId(certificate: x509.X509Certificate): Promise<string> {
  const extension = certificate.getExtension(x509.SubjectKeyIdentifierExtension);
  if (extension !== null) return extension.keyId.toLowerCase();
  return Buffer.from(await certificate.publicKey.getKeyIdentifier()).toString('hex');
}

function keyAlgorithm(certificate: x509.X509Certificate): string {
  const key = createPublicKey({
    key: Buffer.from(certificate.publicKey.rawData),
    format: 'der',
    type: 'spki',
  });
  const { namedCurve = '', modulusLength } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec') return `ECDSA ${curveNames[namedCurve] ?? namedCurve}`;
  if (key.asymmetricKeyType === 'rsa') return `RSA ${String(modulusLength)}`;
  return key.asymmetricKeyType ?? 'unknown';
}

/** OpenSSL's names of the NIST curves beside those that people use. */
const curveNames: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

function sha256(data: ArrayBuffer | Uint8Array): string {
  return createHash('sha256').update(new Uint8Array(data)).digest('hex');
}
