import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import type { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** When every chain is judged, unless a vector says otherwise; all dates are told from here. */
export const nowMs = Date.parse('2026-06-01T00:00:00.000Z');
export const yearMs = 365 * 86_400_000;

/** A certificate as the outside world has it: signed bytes. */
export interface RealCertificate {
  readonly pem: string;
  /** Name of its own key. */
  readonly key: string;
  readonly certificate: x509.X509Certificate;
}

export type ExtendedUsage = 'serverAuth' | 'clientAuth' | 'any' | 'other';

/** What is left out is as a usual certificate has it: in date, unlimited, with key identifiers. */
export interface WantedCertificate {
  /** For example `CN=root`. */
  readonly subject: string;
  /** One name, one key, in the whole test run. */
  readonly key: string;
  /** Left out: self-signed. */
  readonly signer?: RealCertificate;
  /** The name of the key that signs, where it is not the signer's. */
  readonly signedWith?: string;
  /** The issuer's name, where it is not the signer's subject. */
  readonly issuerName?: string;
  /** Milliseconds from {@link nowMs}. */
  readonly beginsMs?: number;
  readonly endsMs?: number;
  readonly isCa?: boolean;
  readonly pathLength?: number;
  /** The key usage extension; `none` leaves it out. Left out, it is what suits `isCa`. */
  readonly keyUsage?: 'certSign' | 'digitalSignature' | 'none';
  readonly extendedUsages?: readonly ExtendedUsage[];
  readonly dnsNames?: readonly string[];
  /** `wrong` is the identifier of a key that does not exist. */
  readonly subjectKeyId?: KeyIdKind;
  readonly authorityKeyId?: KeyIdKind;
}
export type KeyIdKind = 'right' | 'wrong' | 'none';

const extendedUsageOids: Readonly<Record<ExtendedUsage, string>> = {
  serverAuth: x509.ExtendedKeyUsage.serverAuth,
  clientAuth: x509.ExtendedKeyUsage.clientAuth,
  any: '2.5.29.37.0',
  other: '1.2.3.4',
};

interface NamedKey {
  readonly publicKey: x509.PublicKey;
  readonly privateKey: webcrypto.CryptoKey;
  /** The key identifier that certificates of this key carry, hex. */
  readonly id: string;
}
const keys = new Map<string, Promise<NamedKey>>();

const made = new Map<string, Promise<RealCertificate>>();

/** Signs what is wanted; an equal wish is answered with the same certificate. */
export function makeReal(wanted: WantedCertificate): Promise<RealCertificate> {
  const wish = JSON.stringify({ ...wanted, signer: wanted.signer?.pem });
  const certificate = made.get(wish) ?? sign(wanted);
  made.set(wish, certificate);
  return certificate;
}

async function sign(wanted: WantedCertificate): Promise<RealCertificate> {
  const signingKey = wanted.signedWith ?? wanted.signer?.key ?? wanted.key;
  const { beginsMs = -yearMs, endsMs = yearMs } = wanted;
  const certificate = await x509.X509CertificateGenerator.create({
    // The first bit must be clear: Go parses no negative serial number.
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    subject: wanted.subject,
    // The bytes of the signer's name are taken over: verifiers compare names byte by byte.
    issuer: wanted.issuerName ?? wanted.signer?.certificate.subjectName ?? wanted.subject,
    notBefore: new Date(nowMs + beginsMs),
    notAfter: new Date(nowMs + endsMs),
    publicKey: (await namedKey(wanted.key)).publicKey,
    signingKey: (await namedKey(signingKey)).privateKey,
    signingAlgorithm: algorithm,
    extensions: await extensionsOf(wanted, signingKey),
  });
  return { pem: certificate.toString('pem'), key: wanted.key, certificate };
}

function namedKey(name: string): Promise<NamedKey> {
  const known = keys.get(name) ?? generateKey();
  keys.set(name, known);
  return known;
}

async function generateKey(): Promise<NamedKey> {
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const publicKey = await x509.PublicKey.create(pair.publicKey);
  const id = Buffer.from(await publicKey.getKeyIdentifier()).toString('hex');
  return { publicKey, privateKey: pair.privateKey, id };
}

async function extensionsOf(
  wanted: WantedCertificate,
  signingKey: string,
): Promise<x509.Extension[]> {
  const { isCa = false, pathLength, extendedUsages, dnsNames } = wanted;
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(isCa, pathLength, true),
    ...keyUsageOf(wanted.keyUsage ?? (isCa ? 'certSign' : 'digitalSignature')),
  ];
  const subjectKeyId = await keyId(wanted.subjectKeyId, wanted.key);
  if (subjectKeyId !== undefined) {
    extensions.push(new x509.SubjectKeyIdentifierExtension(subjectKeyId));
  }
  const authorityKeyId = await keyId(wanted.authorityKeyId, signingKey);
  if (authorityKeyId !== undefined) {
    extensions.push(new x509.AuthorityKeyIdentifierExtension(authorityKeyId));
  }
  if (extendedUsages !== undefined) {
    const oids = extendedUsages.map((usage) => extendedUsageOids[usage]);
    extensions.push(new x509.ExtendedKeyUsageExtension(oids));
  }
  if (dnsNames !== undefined) {
    const names = dnsNames.map((value) => ({ type: 'dns' as const, value }));
    extensions.push(new x509.SubjectAlternativeNameExtension(names));
  }
  return extensions;
}

async function keyId(kind: KeyIdKind | undefined, owner: string): Promise<string | undefined> {
  if (kind === 'none') return undefined;
  return (await namedKey(kind === 'wrong' ? 'nobody' : owner)).id;
}

function keyUsageOf(usage: 'certSign' | 'digitalSignature' | 'none'): x509.Extension[] {
  if (usage === 'none') return [];
  const { keyCertSign, digitalSignature } = x509.KeyUsageFlags;
  const flag = usage === 'certSign' ? keyCertSign : digitalSignature;
  return [new x509.KeyUsagesExtension(flag, true)];
}
