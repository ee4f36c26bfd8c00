import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { CertificateSpec } from '../cert-manager-objects.ts';

const CURVES: Record<number, { node: string; web: string; hash: string }> = {
  256: { node: 'prime256v1', web: 'P-256', hash: 'SHA-256' },
  384: { node: 'secp384r1', web: 'P-384', hash: 'SHA-384' },
  521: { node: 'secp521r1', web: 'P-521', hash: 'SHA-512' },
};

type PrivateKeySpec = CertificateSpec['privateKey'];

/** cert-manager's default is RSA 2048; the default ECDSA size is 256. */
function algorithmOf(spec: PrivateKeySpec): { algorithm: string; size: number } {
  const algorithm = spec?.algorithm ?? 'RSA';
  return { algorithm, size: spec?.size ?? (algorithm === 'ECDSA' ? 256 : 2048) };
}

export function generatePrivateKey(spec: PrivateKeySpec): KeyObject {
  const { algorithm, size } = algorithmOf(spec);
  if (algorithm === 'RSA') return generateKeyPairSync('rsa', { modulusLength: size }).privateKey;
  const namedCurve = CURVES[size]?.node;
  if (namedCurve === undefined) throw new Error(`unsupported ecdsa keysize specified: ${size}`);
  return generateKeyPairSync('ec', { namedCurve }).privateKey;
}

/** Whether a stored key may be used again under this spec. */
export function keyFitsSpec(key: KeyObject, spec: PrivateKeySpec): boolean {
  const { algorithm, size } = algorithmOf(spec);
  const details = key.asymmetricKeyDetails;
  if (algorithm === 'RSA')
    return key.asymmetricKeyType === 'rsa' && details?.modulusLength === size;
  return key.asymmetricKeyType === 'ec' && details?.namedCurve === CURVES[size]?.node;
}

/** PEM; cert-manager's default encoding is PKCS1, which for EC keys means SEC1. */
export function encodePrivateKey(key: KeyObject, encoding: string | undefined): string {
  const type = key.asymmetricKeyType;
  if (encoding === 'PKCS8') return key.export({ format: 'pem', type: 'pkcs8' }).toString();
  return key.export({ format: 'pem', type: type === 'rsa' ? 'pkcs1' : 'sec1' }).toString();
}

/** The private key in PEM, or undefined when it cannot be read. */
export function parsePrivateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // What makes a key unreadable is nobody's business: the callers report that it is.
    return undefined;
  }
}

/** The public key in DER, base64: equal for equal keys. */
export function publicKeyOf(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
}

/** Both halves as WebCrypto wants them for signing; its hash is the one cert-manager chooses for the size. */
export async function toCryptoKeys(key: KeyObject): Promise<webcrypto.CryptoKeyPair> {
  const curve = Object.values(CURVES).find(
    ({ node }) => node === key.asymmetricKeyDetails?.namedCurve,
  );
  const algorithm = signatureAlgorithm(key);
  const importAlgorithm =
    curve === undefined ? algorithm : { name: 'ECDSA', namedCurve: curve.web };
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, importAlgorithm, true, ['sign']),
    publicKey: await webcrypto.subtle.importKey('spki', spki, importAlgorithm, true, ['verify']),
  };
}

/** The algorithm a key signs with. */
export function signatureAlgorithm(key: KeyObject): { name: string; hash: string } {
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const curve = Object.values(CURVES).find(
    ({ node }) => node === key.asymmetricKeyDetails?.namedCurve,
  );
  return { name: 'ECDSA', hash: curve?.hash ?? 'SHA-256' };
}
