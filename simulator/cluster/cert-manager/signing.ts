import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { sameName } from './chain.ts';
import { signatureAlgorithm, toCryptoKeys } from './keys.ts';

const { ExtendedKeyUsage } = x509;

/** Bit numbers in the key usage extension (RFC 5280, 4.2.1.3). */
const KEY_USAGE_BITS: Record<string, number> = {
  signing: 0,
  'digital signature': 0,
  'content commitment': 1,
  'key encipherment': 2,
  'data encipherment': 3,
  'key agreement': 4,
  'cert sign': 5,
  'crl sign': 6,
};
const EXTENDED_KEY_USAGES: Record<string, string> = {
  any: '2.5.29.37.0',
  'server auth': ExtendedKeyUsage.serverAuth,
  'client auth': ExtendedKeyUsage.clientAuth,
  'code signing': ExtendedKeyUsage.codeSigning,
};
const DEFAULT_USAGES = ['digital signature', 'key encipherment'];

export interface Usage {
  isCA: boolean;
  usages: string[] | undefined;
}

/** DER of a named bit list: trailing zero bits are left out. */
function keyUsageExtension(bits: number[]): x509.Extension {
  const octet = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0);
  const unused = 7 - Math.max(...bits);
  return new x509.Extension('2.5.29.15', true, Uint8Array.of(0x03, 0x02, unused, octet));
}

/** The key usage extensions that a Certificate's or request's `usages` stand for; a CA may always sign certificates. */
export function usageExtensions({ isCA, usages = [] }: Usage): x509.Extension[] {
  const asked = usages.length > 0 ? usages : DEFAULT_USAGES;
  const names = isCA ? [...asked, 'cert sign'] : asked;
  const bits = names.map((name) => KEY_USAGE_BITS[name]).filter((bit) => bit !== undefined);
  const extended = names
    .map((name) => EXTENDED_KEY_USAGES[name])
    .filter((oid) => oid !== undefined);
  return [
    ...(bits.length === 0 ? [] : [keyUsageExtension(bits)]),
    ...(extended.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(extended)]),
  ];
}

/** Go ≥1.25: the first 20 bytes of the key's SHA-256. */
async function subjectKeyId(publicKey: x509.PublicKey): Promise<x509.Extension> {
  const digest = await publicKey.getKeyIdentifier('SHA-256');
  return new x509.SubjectKeyIdentifierExtension(
    Buffer.from(digest).subarray(0, 20).toString('hex'),
  );
}

export interface SigningRequest extends Usage {
  csr: x509.Pkcs10CertificateRequest;
  durationMs: number;
  /** Undefined for a self-signed certificate. */
  issuer: x509.X509Certificate | undefined;
  signingKey: KeyObject;
}

async function extensionsFor(request: SigningRequest): Promise<x509.Extension[]> {
  const { csr, isCA, issuer } = request;
  const asked = csr.extensions;
  const names = asked.find(
    (extension) => extension instanceof x509.SubjectAlternativeNameExtension,
  );
  const constraints = asked.find(
    (extension) => extension instanceof x509.BasicConstraintsExtension,
  );
  const pathLength = isCA ? constraints?.pathLength : undefined;
  const parentId = issuer?.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  // As Go's x509.CreateCertificate: an authority key id only where issuer and subject differ in name.
  const named = issuer !== undefined && !sameName(issuer.subjectName, csr.subjectName);
  return [
    ...usageExtensions(request),
    new x509.BasicConstraintsExtension(isCA, pathLength, true),
    ...(isCA ? [await subjectKeyId(csr.publicKey)] : []),
    ...(named && parentId !== undefined
      ? [new x509.AuthorityKeyIdentifierExtension(parentId)]
      : []),
    ...(names === undefined ? [] : [names]),
  ];
}

/** Signs as cert-manager does: subject and names from the CSR, usages and CA from the request, valid from now on. */
export async function signCertificate(request: SigningRequest): Promise<x509.X509Certificate> {
  const { csr, issuer, signingKey } = request;
  if (!(await csr.verify()))
    throw new Error('the certificate signing request has no valid signature');
  const notBefore = new Date(Math.floor(Date.now() / 1000) * 1000);
  const { privateKey } = await toCryptoKeys(signingKey);
  return x509.X509CertificateGenerator.create({
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    subject: csr.subjectName,
    issuer: issuer?.subjectName ?? csr.subjectName,
    publicKey: csr.publicKey,
    signingKey: privateKey,
    signingAlgorithm: signatureAlgorithm(signingKey),
    notBefore,
    notAfter: new Date(notBefore.getTime() + request.durationMs),
    extensions: await extensionsFor(request),
  });
}
