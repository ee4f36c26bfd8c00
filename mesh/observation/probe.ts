import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { KeyObject, randomBytes } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Anchor, RotationAnchors } from '../../domain/anchors.ts';
import type { CertificateFacts } from '../../domain/certificate.ts';
import { isInDate } from '../../domain/certificate.ts';
import { webpkiAccepts } from '../../domain/chain.ts';
import { createSignatureOracle } from '../signature-oracle.ts';
import { splitPem } from '../x509.ts';
import type { ClientPair } from './handshake.ts';

/** Under A alone, under B alone, or (behind the bridge) under both. */
export type ProbeName = 'a' | 'b' | 'x';

/** A short client certificate of ours that proxies are asked with. Holds a private key: never logged. */
export interface Probe extends ClientPair {
  readonly name: ProbeName;
  /** ISO 8601 in UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** No workload has this identity: policies that name identities never match it. */
export function probeIdentity(trustDomain: string): string {
  return `probe.linkerd-trust.serviceaccount.identity.linkerd.${trustDomain}`;
}

/** A CA of the issuer's own depth and usages, that signs one probe and is forgotten. */
export interface TrialCa {
  /** Its certificate, then what stands between it and its root. */
  readonly chainPem: string;
  readonly privateKey: webcrypto.CryptoKey;
}

/**
 * Signs a probe with a trial CA, in memory. Its dates are the trial CA's: the key that could make
 * another one is forgotten with it.
 */
export async function signProbe(
  name: ProbeName,
  trial: TrialCa,
  trustDomain: string,
): Promise<Probe> {
  const [trialPem = ''] = splitPem(trial.chainPem);
  const ca = new x509.X509Certificate(trialPem);
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const leaf = await x509.X509CertificateGenerator.create({
    // The first bit must be clear: serial numbers are positive.
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    subject: [{ CN: [probeIdentity(trustDomain)] }],
    // Taken over as it is encoded: verifiers compare names byte by byte.
    issuer: ca.subjectName,
    notBefore: ca.notBefore,
    notAfter: ca.notAfter,
    publicKey: keys.publicKey,
    signingKey: trial.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: probeIdentity(trustDomain) },
      ]),
    ],
  });
  return {
    name,
    keyPem: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    chainPem: [leaf.toString('pem'), ...splitPem(trial.chainPem)].join('\n'),
    notBefore: leaf.notBefore.toISOString(),
    notAfter: leaf.notAfter.toISOString(),
  };
}

/**
 * Why a chain is no probe of its name; `undefined` when it is: in date, and verifying under exactly
 * those of A and B that it should, as a proxy that holds one of them alone would judge it.
 */
export async function probeFault(
  name: ProbeName,
  chainPem: string,
  { anchors, atMs }: { readonly anchors: RotationAnchors; readonly atMs: number },
): Promise<string | undefined> {
  const oracle = createSignatureOracle();
  const chain = await oracle.learn(splitPem(chainPem));
  const [leaf] = chain;
  if (leaf === undefined) return 'it holds no certificate';
  // A trial CA may have been signed a second ahead of our clock; it ages before it is used.
  const judgedAtMs = Math.max(atMs, Date.parse(leaf.notBefore));
  if (!isInDate(leaf, judgedAtMs)) return `it ended at ${leaf.notAfter}`;
  const check = { atMs: judgedAtMs, usage: 'clientAuth', signedBy: oracle.signedBy } as const;

  async function verifiesUnder(anchor: Anchor | undefined): Promise<boolean> {
    if (anchor === undefined) return false;
    const facts: CertificateFacts[] = await oracle.learn([anchor.pem]);
    return webpkiAccepts(chain, facts, check).accepted;
  }
  const a = await verifiesUnder(anchors.a);
  const b = await verifiesUnder(anchors.b);
  const wanted = { a: name !== 'b', b: name !== 'a' };
  if (a === wanted.a && b === wanted.b) return undefined;
  return `it verifies ${describeUnder(a, b)}, wanted is ${describeUnder(wanted.a, wanted.b)}`;
}

function describeUnder(a: boolean, b: boolean): string {
  if (a && b) return 'under A and under B';
  if (a) return 'under A alone';
  return b ? 'under B alone' : 'under neither A nor B';
}
