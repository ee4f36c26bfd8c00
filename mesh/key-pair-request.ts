import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Kube } from './kubernetes/kube.ts';
import type { ObjectRef } from './kubernetes/resources.ts';
import { describeObject } from './kubernetes/resources.ts';
import { secretObject, TlsSecretError } from './tls-secret.ts';
import { decodeCertificate, keyMatches, parseCertificate } from './x509.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/**
 * A CSR for the name and the key of a pair, as cert-manager keeps one of each that it makes. An
 * imported pair comes without, and only its own key can sign one: it does so here, in memory, and
 * appears in no result, error or log.
 * @throws TlsSecretError when the Secret does not hold the pair that is meant
 */
export async function requestOfPair(
  kube: Kube,
  ref: ObjectRef,
  /** Fingerprint of the certificate that is meant. */
  only: string,
): Promise<string> {
  const { data = {} } = (await kube.get(ref, secretObject)) ?? {};
  const [pem, keyPem] = [decode(data['tls.crt']), decode(data['tls.key'])];
  const facts = await parseCertificate(pem);
  if (facts.fingerprint !== only || !keyMatches(keyPem, facts)) {
    throw new TlsSecretError(
      `${describeObject(ref)} does not hold the pair of certificate ${only}, so no request for it can be made. Next step: find out what wrote the Secret last.`,
    );
  }
  const certificate = decodeCertificate(pem);
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    // Taken over as it is encoded: verifiers compare names byte by byte.
    name: certificate.subjectName,
    keys: {
      publicKey: await importKey('spki', certificate.publicKey.rawData),
      privateKey: await importKey('pkcs8', pkcs8Of(keyPem)),
    },
    signingAlgorithm: algorithm,
  });
  return csr.toString('pem');
}

function importKey(
  format: 'spki' | 'pkcs8',
  der: webcrypto.BufferSource,
): Promise<webcrypto.CryptoKey> {
  const isPublic = format === 'spki';
  return crypto.subtle.importKey(format, der, algorithm, isPublic, [isPublic ? 'verify' : 'sign']);
}

/** cert-manager and OpenSSL write SEC1 or PKCS#8, Web Crypto reads the latter. */
function pkcs8Of(keyPem: string): webcrypto.BufferSource {
  return new Uint8Array(createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'der' }));
}

function decode(data: string | undefined): string {
  return Buffer.from(data ?? '', 'base64').toString('utf8');
}
