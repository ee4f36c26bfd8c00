import { X509Certificate } from 'node:crypto';
import type { RotationAnchors } from '../../domain/anchors.ts';
import type { CertificateFacts } from '../../domain/certificate.ts';
import type { ChainCheck } from '../../domain/chain.ts';
import { webpkiAccepts } from '../../domain/chain.ts';
import type { Knowledge } from '../../domain/trust.ts';
import { createSignatureOracle } from '../signature-oracle.ts';
import { parseCertificate } from '../x509.ts';
import type { JudgedLeaf } from './evidence.ts';
import type { PresentedChain } from './handshake.ts';
import { isSignedBy } from './issuer-judge.ts';

/** Judges what proxies present, as a peer that holds A alone and one that holds B alone would. */
export interface ChainJudge {
  /** Names the anchors that it judges under. */
  readonly judgedUnder: string;
  /** @throws CertificateParseError */
  judge(chain: PresentedChain, atMs: number): Promise<JudgedLeaf>;
}

/**
 * A judge for one survey. CA certificates are few and shared, so their signatures are examined once;
 * a leaf is its own, so only its own signature is left to verify.
 */
export async function createChainJudge({ a, b }: RotationAnchors): Promise<ChainJudge> {
  const oracle = createSignatureOracle();
  const encoded = new Map<string, X509Certificate>();
  let learning: Promise<unknown> = Promise.resolve();

  async function learn(certificate: X509Certificate): Promise<CertificateFacts> {
    // One at a time: a certificate that is still being examined is already known to the oracle.
    const lesson = learning.then(() => oracle.learn([certificate.raw]));
    learning = lesson.catch(() => undefined);
    const [facts] = await lesson;
    if (facts === undefined) throw new Error('The oracle learnt a certificate without its facts.');
    encoded.set(facts.fingerprint, certificate);
    return facts;
  }

  await learn(new X509Certificate(a.pem));
  if (b !== undefined) await learn(new X509Certificate(b.pem));

  async function judge(chain: PresentedChain, atMs: number): Promise<JudgedLeaf> {
    const [presentedLeaf, ...others] = chain;
    if (presentedLeaf === undefined) throw new Error('The proxy presented no certificate.');
    const leaf = await parseCertificate(presentedLeaf.raw);
    const facts = [leaf, ...(await Promise.all(others.map(learn)))];
    const check: ChainCheck = {
      atMs,
      usage: 'serverAuth',
      signedBy: (child, signer) =>
        child === leaf
          ? isSignedBy(presentedLeaf, encoded.get(signer.fingerprint))
          : oracle.signedBy(child, signer),
    };
    const under = (anchor: CertificateFacts | undefined): Knowledge =>
      anchor !== undefined && webpkiAccepts(facts, [anchor], check).accepted ? 'yes' : 'no';
    const notAfterMs = Date.parse(leaf.notAfter);
    return {
      presented: {
        leaf: notAfterMs <= atMs ? 'expired' : 'valid',
        a: under(a.certificate),
        b: under(b?.certificate),
      },
      notAfterMs,
      judgedUnder,
    };
  }

  const judgedUnder = `${a.certificate.fingerprint},${b?.certificate.fingerprint ?? ''}`;
  return { judgedUnder, judge };
}
