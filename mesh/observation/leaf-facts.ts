import type { CertificateFacts } from '../../domain/certificate.ts';
import { decodeCertificate } from '../x509.ts';
import type { Element } from './der.ts';
import { elementAt, malformed, partsOf } from './der.ts';

/** Reads the leaves of one fleet. */
export interface LeafReader {
  /**
   * What judging a leaf needs; its subject and the names of keys and alternatives are left empty.
   * @throws CertificateParseError
   */
  read(der: Uint8Array): CertificateFacts;
}

/**
 * Every proxy has a leaf of its own, and `parseCertificate` takes longer than a handshake: this takes
 * the few fields that a verdict depends on straight from the DER. Issuers are few; their names are
 * decoded once, so that they equal the subjects that `parseCertificate` finds.
 */
export function createLeafReader(): LeafReader {
  const names = new Map<string, string>();
  return {
    read: (der) => {
      const bytes = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
      const { issuer, ...fields } = readFields(bytes);
      const key = issuer.toString('latin1');
      const name = names.get(key) ?? decodeCertificate(bytes).issuer;
      names.set(key, name);
      return { ...fields, issuer: name, ...leftOut };
    },
  };
}

const leftOut = { fingerprint: '', subjectKeyId: '', subject: '', keyAlgorithm: '', dnsNames: [] };

type Fields = Pick<
  CertificateFacts,
  'publicKey' | 'notBefore' | 'notAfter' | 'isCa' | 'extendedKeyUsages'
> & { readonly issuer: Buffer };

/** The fields of a TBSCertificate in their order (RFC 5280 §4.1). */
function readFields(der: Buffer): Fields {
  const [tbs] = partsOf(elementAt(der, 0));
  const parts = tbs === undefined ? [] : partsOf(tbs);
  // The version stands first, where it is not the default.
  const [, , issuer, validity, , publicKey, ...optional] =
    parts[0]?.tag === Tag.Version ? parts.slice(1) : parts;
  const [notBefore, notAfter] = validity === undefined ? [] : partsOf(validity);
  if (issuer === undefined || publicKey === undefined) throw malformed();
  const extensions = optional.find(({ tag }) => tag === Tag.Extensions);
  return {
    issuer: issuer.content,
    publicKey: publicKey.content.toString('hex'),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    ...readExtensions(extensions),
  };
}

const Tag = {
  Boolean: 0x01,
  OctetString: 0x04,
  UtcTime: 0x17,
  GeneralizedTime: 0x18,
  Version: 0xa0,
  Extensions: 0xa3,
} as const;

/** Object identifiers as they are encoded, in hex. */
const basicConstraints = '551d13';
const extendedKeyUsage = '551d25';
const usageNames: Readonly<Record<string, string>> = {
  '2b06010505070301': 'serverAuth',
  '2b06010505070302': 'clientAuth',
};

function readExtensions(
  extensions: Element | undefined,
): Pick<CertificateFacts, 'isCa' | 'extendedKeyUsages'> {
  const [list] = extensions === undefined ? [] : partsOf(extensions);
  const values = new Map<string, Element>();
  for (const extension of list === undefined ? [] : partsOf(list)) {
    const [id, ...rest] = partsOf(extension);
    const value = rest.find(({ tag }) => tag === Tag.OctetString);
    if (id === undefined || value === undefined) throw malformed();
    values.set(id.content.toString('hex'), elementAt(value.content, 0));
  }
  const constraints = values.get(basicConstraints);
  const usages = values.get(extendedKeyUsage);
  const [ca] = constraints === undefined ? [] : partsOf(constraints);
  return {
    isCa: ca?.tag === Tag.Boolean && ca.content[0] !== 0,
    extendedKeyUsages: (usages === undefined ? [] : partsOf(usages)).map(({ content }) => {
      const id = content.toString('hex');
      return usageNames[id] ?? id;
    }),
  };
}

/** Seconds and `Z` are always there (RFC 5280 §4.1.2.5); two digits of a year from 50 on are 19xx. */
function readTime(time: Element | undefined): string {
  const text = time?.content.toString('latin1') ?? '';
  const century = Number(text.slice(0, 2)) >= 50 ? '19' : '20';
  const full = time?.tag === Tag.UtcTime ? century + text : text;
  if (!digits.test(full)) throw malformed();
  return full.replace(digits, '$1-$2-$3T$4:$5:$6.000Z');
}

const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
