import 'reflect-metadata';

import type { KeyObject, webcrypto } from 'node:crypto';
import { createPrivateKey, randomBytes } from 'node:crypto';

import * as x509 from '@peculiar/x509';

import type { CertificateFacts } from '../../../domain/certificate.ts';
import type { CertifiedLeaf, CertifyRequest } from '../proxy/identity-protocol.ts';
import { certificateBehind, factsOfPem } from '../trust/certificate-facts.ts';
import { splitCertificates } from '../trust/pem.ts';
import { judgeIssuerFile } from '../trust/trust-judge.ts';

const ecdsaSha256 = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** The issuer Secret's content, accepted: what linkerd-identity signs with. */
export interface Issuer {
  /** The file's certificates: the issuer first, whatever else stands there behind it. */
  readonly chain: readonly CertificateFacts[];
  readonly chainPems: readonly string[];
  readonly privateKey: KeyObject;
}

export interface LeafTimes {
  readonly lifetimeMs: number;
  readonly clockSkewMs: number;
}

/**
 * Loads an issuer as linkerd-identity does (linkerd2 `pkg/identity/service.go`): the key must match the
 * first certificate, which must be a CA and verify, by Go's rules, under the anchors of the process's start.
 *
 * @throws with the reason when it may not be used.
 */
export function loadIssuer(
  files: { readonly certificates: string | undefined; readonly key: string | undefined },
  anchors: readonly CertificateFacts[],
): Issuer {
  if (files.certificates === undefined || files.key === undefined) {
    throw new Error('the issuer file or its key is missing');
  }
  const chainPems = splitCertificates(files.certificates);
  const chain = chainPems.map(factsOfPem);
  const [first] = chain;
  if (first === undefined) throw new Error('the issuer file holds no certificate');
  const privateKey = createPrivateKey(files.key);
  if (!certificateBehind(first).checkPrivateKey(privateKey)) {
    throw new Error('tls: Public and private key do not match');
  }
  const issuer = { chain, chainPems, privateKey };
  assertUsable(issuer, anchors);
  return issuer;
}

/** @throws when the issuer no longer verifies; linkerd-identity asks this before every leaf. */
export function assertUsable(issuer: Issuer, anchors: readonly CertificateFacts[]): void {
  const verdict = judgeIssuerFile(issuer.chain, anchors);
  if (!verdict.accepted) {
    throw new Error(`failed to verify issuer credentials with trust anchors: ${verdict.fault}`);
  }
  if (issuer.chain[0]?.isCa !== true) throw new Error('the issuer certificate is not a CA');
}

/** When the issuer itself ends, Unix milliseconds. */
export function issuerNotAfterMs(issuer: Issuer): number {
  return Date.parse(issuer.chain[0]?.notAfter ?? '');
}

/**
 * Signs a leaf for one DNS name. It lives for the lifetime plus the skew allowance, but no longer than
 * anything in the issuer's file (linkerd2 `pkg/tls/ca.go`).
 *
 * @throws when the request's own signature or name is wrong, or the issuer's key is not ECDSA.
 */
export async function signLeaf(
  issuer: Issuer,
  request: Pick<CertifyRequest, 'identity' | 'signingRequest'>,
  times: LeafTimes,
): Promise<CertifiedLeaf> {
  const csr = new x509.Pkcs10CertificateRequest(Buffer.from(request.signingRequest));
  const names = csr.extensions.find(
    (extension) => extension instanceof x509.SubjectAlternativeNameExtension,
  )?.names.items;
  if (!names?.some((name) => name.type === 'dns' && name.value === request.identity)) {
    throw new Error(`the signing request does not name ${request.identity}`);
  }
  if (!(await csr.verify())) throw new Error('the signing request is not signed by its own key');
  const nowMs = Date.now();
  const latestMs = Math.min(...issuer.chain.map(({ notAfter }) => Date.parse(notAfter)));
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: randomBytes(16).toString('hex'),
    subject: `CN=${request.identity}`,
    issuer: issuerName(issuer),
    publicKey: csr.publicKey,
    signingKey: signingKey(issuer),
    signingAlgorithm: ecdsaSha256,
    notBefore: new Date(nowMs - times.clockSkewMs),
    notAfter: new Date(Math.min(nowMs + times.lifetimeMs + times.clockSkewMs, latestMs)),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: request.identity }]),
    ],
  });
  return { leaf: leaf.toString('pem'), intermediates: issuer.chainPems };
}

function issuerName(issuer: Issuer): x509.Name {
  const [pem] = issuer.chainPems;
  if (pem === undefined) throw new Error('the issuer file holds no certificate');
  return new x509.X509Certificate(pem).subjectName;
}

function signingKey({ privateKey }: Issuer): webcrypto.CryptoKey {
  const namedCurve = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }[
    privateKey.asymmetricKeyDetails?.namedCurve ?? ''
  ];
  // Signing is fixed to ECDSA with SHA-256: an RSA issuer loads and then fails every request.
  if (namedCurve === undefined) throw new Error('the issuer key is not an ECDSA key');
  return privateKey.toCryptoKey({ name: 'ECDSA', namedCurve }, false, ['sign']);
}
