import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;

/** A certificate with its key, made for a test with real cryptography. */
export interface MadeCertificate {
  readonly pem: string;
  /** PKCS#8. */
  readonly keyPem: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly certificate: x509.X509Certificate;
}

export interface WantedCertificate {
  readonly commonName: string;
  /** Left out: self-signed. */
  readonly signer?: MadeCertificate;
  /** Left out: a fresh pair. With another certificate's keys it is a twin of that. */
  readonly keys?: webcrypto.CryptoKeyPair;
  readonly isCa?: boolean;
  readonly pathLength?: number;
  readonly dnsNames?: readonly string[];
  readonly usages?: readonly ('serverAuth' | 'clientAuth')[];
  /** Subject key identifier, as CAs have it; as text: one made by another method, in hex. */
  readonly withKeyId?: boolean | string;
  readonly algorithm?: 'ecdsa' | 'rsa';
  /** From now on; left out: a day. */
  readonly lifetimeMs?: number;
}

export async function makeCertificate(wanted: WantedCertificate): Promise<MadeCertificate> {
  const keys = wanted.keys ?? (await makeKeys(wanted.algorithm ?? 'ecdsa'));
  const { signer } = wanted;
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${wanted.commonName}`,
    issuer: signer?.certificate.subject ?? `CN=${wanted.commonName}`,
    publicKey: keys.publicKey,
    signingKey: signer?.keys.privateKey ?? keys.privateKey,
    notBefore: new Date(Math.floor((Date.now() - dayMs) / 1000) * 1000),
    notAfter: new Date(Math.floor((Date.now() + (wanted.lifetimeMs ?? dayMs)) / 1000) * 1000),
    extensions: await extensionsOf(wanted, keys),
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = pkcs8.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    pem: certificate.toString('pem'),
    keyPem: ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n'),
    keys,
    certificate,
  };
}

/** A self-signed root as cert-manager makes it: a CA with a subject key identifier. */
export function makeRoot(commonName: string): Promise<MadeCertificate> {
  return makeCertificate({ commonName, isCa: true, withKeyId: true });
}

async function makeKeys(algorithm: 'ecdsa' | 'rsa'): Promise<webcrypto.CryptoKeyPair> {
  if (algorithm === 'ecdsa') return crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify']);
  const rsa = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  return crypto.subtle.generateKey(rsa, true, ['sign', 'verify']);
}

async function extensionsOf(
  wanted: WantedCertificate,
  keys: webcrypto.CryptoKeyPair,
): Promise<x509.Extension[]> {
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(wanted.isCa ?? false, wanted.pathLength, true),
  ];
  if (wanted.withKeyId === true) {
    extensions.push(await x509.SubjectKeyIdentifierExtension.create(keys.publicKey));
  } else if (typeof wanted.withKeyId === 'string') {
    extensions.push(new x509.SubjectKeyIdentifierExtension(wanted.withKeyId));
  }
  if (wanted.signer !== undefined) {
    extensions.push(
      await x509.AuthorityKeyIdentifierExtension.create(wanted.signer.keys.publicKey),
    );
  }
  const usages = wanted.usages?.map((usage) => x509.ExtendedKeyUsage[usage]);
  if (usages !== undefined) extensions.push(new x509.ExtendedKeyUsageExtension(usages));
  const names = wanted.dnsNames?.map((value) => ({ type: 'dns' as const, value }));
  if (names !== undefined) extensions.push(new x509.SubjectAlternativeNameExtension(names));
  return extensions;
}

/** An anchor whose key stays elsewhere, and the CA under it that signs for it. */
export interface OffClusterAnchor {
  readonly root: MadeCertificate;
  readonly intermediate: MadeCertificate;
}

/** `more` says what is different about either. */
export async function makeOffClusterAnchor(
  commonName: string,
  more: {
    readonly root?: Partial<WantedCertificate>;
    readonly intermediate?: Partial<WantedCertificate>;
  } = {},
): Promise<OffClusterAnchor> {
  const wanted = { isCa: true, withKeyId: true, lifetimeMs: 30 * dayMs };
  const root = await makeCertificate({ ...wanted, commonName, ...more.root });
  const intermediate = await makeCertificate({
    ...wanted,
    commonName: `intermediate.${commonName}`,
    signer: root,
    ...more.intermediate,
  });
  return { root, intermediate };
}
