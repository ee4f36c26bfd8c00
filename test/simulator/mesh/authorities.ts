import 'reflect-metadata';

import { KeyObject, randomBytes, webcrypto } from 'node:crypto';

import * as x509 from '@peculiar/x509';

import type { CertificateFacts } from '../../../domain/certificate.ts';
import { factsOfPem } from '../../../simulator/mesh/trust/certificate-facts.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A CA with its key: an anchor or an issuer. */
export interface Authority {
  readonly name: string;
  readonly pem: string;
  readonly keyPem: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly facts: CertificateFacts;
}

interface CaOptions {
  readonly notAfterMs?: number;
  readonly isCa?: boolean;
}

/** A self-signed anchor. */
export async function makeAnchor(commonName: string, options: CaOptions = {}): Promise<Authority> {
  const keys = await makeKeys();
  const name = `CN=${commonName}`;
  return authority({ name, keys }, await signCa({ name, keys }, { name, keys }, options));
}

/** An issuer under `parent`. */
export async function makeIssuer(
  commonName: string,
  parent: Authority,
  options: CaOptions = {},
): Promise<Authority> {
  const keys = await makeKeys();
  const name = `CN=${commonName}`;
  return authority({ name, keys }, await signCa({ name, keys }, parent, options));
}

/** The subject's name and key, signed by `signer`: the bridge certificate. */
export function crossSign(subject: Authority, signer: Authority): Promise<string> {
  return signCa(subject, signer, {});
}

type NamedKeys = Pick<Authority, 'name' | 'keys'>;

function authority({ name, keys }: NamedKeys, pem: string): Authority {
  const keyPem = KeyObject.from(keys.privateKey)
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();
  return { name, keys, pem, keyPem, facts: factsOfPem(pem) };
}

async function signCa(subject: NamedKeys, signer: NamedKeys, options: CaOptions): Promise<string> {
  const { notAfterMs = Date.now() + 3_600_000, isCa = true } = options;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomBytes(8).toString('hex'),
    subject: subject.name,
    issuer: signer.name,
    publicKey: subject.keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: algorithm,
    notBefore: new Date(Math.min(Date.now(), notAfterMs) - 60_000),
    notAfter: new Date(notAfterMs),
    // No key identifiers, as in cert-manager's self-signed roots: the harder case for path building.
    extensions: [new x509.BasicConstraintsExtension(isCa, undefined, true)],
  });
  return certificate.toString('pem');
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}
