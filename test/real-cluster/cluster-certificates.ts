import 'reflect-metadata';
import { KeyObject, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const lifetimeMs = 30 * 24 * 3_600_000;

/** PEM. */
export interface CertifiedKey {
  readonly certificate: string;
  readonly key: string;
}

/** Who a client certificate is for, as Kubernetes reads it: CN is the user, each O a group. */
export interface Subject {
  readonly user: string;
  readonly groups?: readonly string[];
}

/** The control plane's own certificate authority; it has nothing to do with the mesh's. */
export interface ClusterAuthority {
  /** PEM. */
  readonly certificate: string;
  clientPair(subject: Subject): Promise<CertifiedKey>;
  /** For servers on 127.0.0.1. */
  readonly serverPair: CertifiedKey;
  /** What service account tokens are signed with; PEM. */
  readonly serviceAccountKey: string;
}

export async function createClusterAuthority(): Promise<ClusterAuthority> {
  const keys = await generateKeys();
  const name = 'CN=real-cluster-ca';
  const sign = (subject: string, publicKey: webcrypto.CryptoKey, extensions: x509.Extension[]) =>
    x509.X509CertificateGenerator.create({
      serialNumber: randomBytes(8).toString('hex').replace(/^./, '1'),
      subject,
      issuer: name,
      publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + lifetimeMs),
      extensions,
    });
  const authority = await sign(name, keys.publicKey, [new x509.BasicConstraintsExtension(true)]);
  const pair = async (subject: string, extensions: x509.Extension[]): Promise<CertifiedKey> => {
    const own = await generateKeys();
    const certificate = await sign(subject, own.publicKey, extensions);
    return { certificate: certificate.toString('pem'), key: pemOf(own.privateKey) };
  };
  return {
    certificate: authority.toString('pem'),
    serverPair: await pair('CN=kube-apiserver', [
      new x509.SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        { type: 'dns', value: 'localhost' },
      ]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ]),
    clientPair: ({ user, groups = [] }) =>
      pair([`CN=${user}`, ...groups.map((group) => `O=${group}`)].join(', '), [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ]),
    // Kubernetes reads an elliptic curve's key for tokens in this form only.
    serviceAccountKey: pemOf((await generateKeys()).privateKey, 'sec1'),
  };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function pemOf(key: webcrypto.CryptoKey, type: 'pkcs8' | 'sec1' = 'pkcs8'): string {
  return KeyObject.from(key).export({ type, format: 'pem' }).toString();
}
