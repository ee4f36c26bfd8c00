import { X509Certificate } from 'node:crypto';
import type { Anchor, RotationAnchors } from '../../domain/anchors.ts';
import type { CertificateFacts } from '../../domain/certificate.ts';
import type { ChainCheck, SignedBy } from '../../domain/chain.ts';
import { webpkiAccepts } from '../../domain/chain.ts';
import type { Knowledge } from '../../domain/trust.ts';
import { createSignatureOracle } from '../signature-oracle.ts';
import type { JudgedLeaf } from './evidence.ts';
import { isSignedBy } from './issuer-judge.ts';
import { createLeafReader } from './leaf-facts.ts';
import type { PresentedChain, PresentedLeaf } from './presented-chain.ts';
import { rememberedLeaves } from './presented-chain.ts';
import { Remembered } from './remembered.ts';

/** Judges what proxies present, as a peer that holds A alone and one that holds B alone would. */
export interface ChainJudge {
  /** Names the anchors that it judges under. */
  readonly judgedUnder: string;
  /** @throws CertificateParseError */
  judge(chain: PresentedChain, atMs: number): Promise<JudgedLeaf>;
}

/** By leaf and signer, whether the one's signature is the other's: that never changes. */
const leafSignatures = new Remembered<boolean>(rememberedLeaves);

/**
 * A judge for one survey. CA certificates are few and shared, so their signatures are examined once;
 * a leaf is its own, so its signature is verified where it is met for the first time.
 */
export async function createChainJudge({ a, b }: RotationAnchors): Promise<ChainJudge> {
  const authorities = createAuthorities();
  const leaves = createLeafReader();
  for (const { pem } of b === undefined ? [a] : [a, b]) {
    await authorities.learn(new X509Certificate(pem));
  }
  const judgedUnder = `${a.certificate.fingerprint},${b?.certificate.fingerprint ?? ''}`;

  async function judge(chain: PresentedChain, atMs: number): Promise<JudgedLeaf> {
    const leaf = leaves.read(chain.leaf.der);
    const facts = [leaf, ...(await Promise.all(chain.behind.map(authorities.learn)))];
    const check: ChainCheck = {
      atMs,
      usage: 'serverAuth',
      signedBy: (child, signer) =>
        child === leaf
          ? authorities.haveSigned(chain.leaf, signer)
          : authorities.signedBy(child, signer),
    };
    const under = (anchor: Anchor | undefined): Knowledge =>
      anchor !== undefined && webpkiAccepts(facts, [anchor.certificate], check).accepted
        ? 'yes'
        : 'no';
    const notAfterMs = Date.parse(leaf.notAfter);
    const state = notAfterMs <= atMs ? 'expired' : 'valid';
    return { presented: { leaf: state, a: under(a), b: under(b) }, notAfterMs, judgedUnder };
  }

  return { judgedUnder, judge };
}

interface Authorities {
  readonly learn: (certificate: X509Certificate) => Promise<CertificateFacts>;
  readonly signedBy: SignedBy;
  /** Whether this authority's key made the signature of a leaf. */
  readonly haveSigned: (leaf: PresentedLeaf, authority: CertificateFacts) => boolean;
}

/** The CA certificates that were met, each read and examined once. */
function createAuthorities(): Authorities {
  const oracle = createSignatureOracle();
  const known = new Map<string, Promise<CertificateFacts>>();
  const encoded = new Map<string, X509Certificate>();
  let lessons: Promise<unknown> = Promise.resolve();

  async function examine(certificate: X509Certificate): Promise<CertificateFacts> {
    const [facts] = await oracle.learn([certificate.raw]);
    if (facts === undefined) throw new Error('A certificate was learnt without its facts.');
    encoded.set(facts.fingerprint, certificate);
    return facts;
  }

  return {
    learn: (certificate) => {
      const before = known.get(certificate.fingerprint256);
      if (before !== undefined) return before;
      // One at a time: the oracle counts as known what it is still examining.
      const lesson = lessons.then(() => examine(certificate));
      lessons = lesson.catch(() => undefined);
      known.set(certificate.fingerprint256, lesson);
      return lesson;
    },
    signedBy: oracle.signedBy,
    haveSigned: ({ der, fingerprint }, signer) => {
      const pair = `${fingerprint}<${signer.fingerprint}`;
      const before = leafSignatures.get(pair);
      if (before !== undefined) return before;
      const authority = encoded.get(signer.fingerprint);
      if (authority === undefined) throw new Error('A leaf is judged by a signer never learnt.');
      const verdict = isSignedBy(new X509Certificate(der), authority);
      leafSignatures.set(pair, verdict);
      return verdict;
    },
  };
}
