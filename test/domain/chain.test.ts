import assert from 'node:assert/strict';
import type { CertificateFacts } from '../../domain/certificate.ts';
import { ChainFault, goAccepts, webpkiAccepts } from '../../domain/chain.ts';
import type { ChainVerdict, Usage } from '../../domain/chain.ts';
import type { FakeCertificate } from '../support/fake-certificates.ts';
import { fakeCertificate, fakeNowMs, signedBy } from '../support/fake-certificates.ts';

const bothUsages = ['serverAuth', 'clientAuth'];
const past = { notBefore: '2025-01-01T00:00:00.000Z', notAfter: '2025-12-31T00:00:00.000Z' };
const future = { notBefore: '2026-07-01T00:00:00.000Z', notAfter: '2027-12-31T00:00:00.000Z' };

type Change = Partial<FakeCertificate>;

interface PkiOptions {
  readonly nameOfA?: string;
  readonly nameOfB?: string;
  readonly anchorA?: Change;
  readonly issuer?: Change;
  readonly cross?: Change;
  readonly leaf?: Change;
}

interface Pki {
  readonly anchors: Readonly<Record<'A' | 'A,B' | 'B', readonly CertificateFacts[]>>;
  readonly anchorA: CertificateFacts;
  readonly issuers: Readonly<Record<Kind, readonly CertificateFacts[]>>;
  readonly leaves: Readonly<Record<Kind, readonly CertificateFacts[]>>;
}

type Kind = 'a' | 'x' | 'b';

/** Two generations of a mesh's certificates and the bridge between them. */
function pkiWith(options: PkiOptions = {}): Pki {
  const { nameOfA = 'CN=root', nameOfB = 'CN=root' } = options;
  const ca = { isCa: true };
  const anchorA = fakeCertificate({ subject: nameOfA, key: 'A', ...ca, ...options.anchorA });
  const anchorB = fakeCertificate({ subject: nameOfB, key: 'B', ...ca });
  const cross = fakeCertificate({
    subject: nameOfB,
    key: 'B',
    signer: anchorA,
    ...ca,
    ...options.cross,
  });
  const issuer = (key: string, signer: CertificateFacts): CertificateFacts =>
    fakeCertificate({ subject: 'CN=identity', key, signer, ...ca, ...options.issuer });
  const issuerA = issuer('a', anchorA);
  const issuerB = issuer('b', anchorB);
  const leaf = (signer: CertificateFacts): CertificateFacts =>
    fakeCertificate({
      subject: 'CN=web',
      key: 'web',
      signer,
      extendedKeyUsages: bothUsages,
      ...options.leaf,
    });
  return {
    anchorA,
    anchors: { A: [anchorA], 'A,B': [anchorA, anchorB], B: [anchorB] },
    issuers: { a: [issuerA], x: [issuerB, cross], b: [issuerB] },
    leaves: {
      a: [leaf(issuerA), issuerA],
      x: [leaf(issuerB), issuerB, cross],
      b: [leaf(issuerB), issuerB],
    },
  };
}

function webpki(
  chain: readonly CertificateFacts[],
  anchors: readonly CertificateFacts[],
  usage: Usage = 'serverAuth',
): ChainVerdict {
  return webpkiAccepts(chain, anchors, { atMs: fakeNowMs, usage, signedBy });
}

function go(
  chain: readonly CertificateFacts[],
  anchors: readonly CertificateFacts[],
): ChainVerdict {
  return goAccepts(chain, anchors, { atMs: fakeNowMs, signedBy });
}

function assertRefused(verdict: ChainVerdict, fault: ChainFault): void {
  assert.deepEqual(verdict, { accepted: false, fault });
}

/** Measured with real proxies: which server accepts which client certificate. */
const measured = [
  { holds: 'A', accepted: { a: true, x: true, b: false } },
  { holds: 'A,B', accepted: { a: true, x: true, b: true } },
  { holds: 'B', accepted: { a: false, x: true, b: true } },
] as const;

describe('webpkiAccepts', () => {
  for (const [names, options] of [
    ['of one common name', {}],
    ['of different common names', { nameOfA: 'CN=root 1', nameOfB: 'CN=root 2' }],
  ] as const) {
    for (const { holds, accepted } of measured) {
      for (const kind of ['a', 'x', 'b'] as const) {
        const verb = accepted[kind] ? 'accepts' : 'refuses';
        it(`${verb} a leaf of kind ${kind} for a proxy that holds {${holds}}, anchors ${names}`, () => {
          const pki = pkiWith(options);

          for (const usage of ['serverAuth', 'clientAuth'] as const) {
            const verdict = webpki(pki.leaves[kind], pki.anchors[holds], usage);
            assert.equal(verdict.accepted, accepted[kind]);
          }
        });
      }
    }
  }

  it('names the anchor that the chain ended at', () => {
    const pki = pkiWith();

    const verdict = webpki(pki.leaves.x, pki.anchors.A);

    assert.deepEqual(verdict, { accepted: true, anchor: pki.anchorA });
  });

  for (const pathLength of [0, 1, undefined]) {
    it(`does not look at the path length of an anchor (${pathLength ?? 'none'})`, () => {
      const pki = pkiWith({ anchorA: pathLength === undefined ? {} : { pathLength } });

      assert.ok(webpki(pki.leaves.x, pki.anchors.A).accepted);
    });
  }

  it('ignores the dates of an anchor', () => {
    const pki = pkiWith({ anchorA: past });

    assert.ok(webpki(pki.leaves.a, pki.anchors.A).accepted);
    assert.ok(webpki(pki.leaves.x, pki.anchors.A).accepted);
  });

  it('ignores whether an anchor is marked as a CA', () => {
    const pki = pkiWith({ anchorA: { isCa: false } });

    assert.ok(webpki(pki.leaves.a, pki.anchors.A).accepted);
  });

  it('refuses a leaf past its end and one before its beginning', () => {
    assertRefused(
      webpki(pkiWith({ leaf: past }).leaves.a, pkiWith().anchors.A),
      ChainFault.LeafExpired,
    );
    assertRefused(
      webpki(pkiWith({ leaf: future }).leaves.a, pkiWith().anchors.A),
      ChainFault.LeafNotYetValid,
    );
  });

  for (const [what, dates] of [
    ['expired', past],
    ['not yet valid', future],
  ] as const) {
    it(`refuses a path over an issuer that is ${what}`, () => {
      const pki = pkiWith({ issuer: dates });

      assertRefused(webpki(pki.leaves.a, pki.anchors.A), ChainFault.UnknownIssuer);
    });

    it(`refuses a path over a bridge that is ${what}, but still takes the path around it`, () => {
      const pki = pkiWith({ cross: dates });

      assertRefused(webpki(pki.leaves.x, pki.anchors.A), ChainFault.UnknownIssuer);
      assert.ok(webpki(pki.leaves.x, pki.anchors.B).accepted);
    });
  }

  it('refuses an intermediate whose path length is too short for what stands below it', () => {
    const zero = pkiWith({ cross: { pathLength: 0 } });
    const one = pkiWith({ cross: { pathLength: 1 } });

    assertRefused(webpki(zero.leaves.x, zero.anchors.A), ChainFault.UnknownIssuer);
    assert.ok(webpki(one.leaves.x, one.anchors.A).accepted);
  });

  it('accepts an issuer of path length 0 directly above the leaf', () => {
    const pki = pkiWith({ issuer: { pathLength: 0 } });

    assert.ok(webpki(pki.leaves.x, pki.anchors.A).accepted);
  });

  it('refuses an intermediate that is not a CA', () => {
    const pki = pkiWith({ issuer: { isCa: false } });

    assertRefused(webpki(pki.leaves.a, pki.anchors.A), ChainFault.UnknownIssuer);
  });

  it('refuses a CA presented as a leaf', () => {
    const pki = pkiWith({ leaf: { isCa: true } });

    assertRefused(webpki(pki.leaves.a, pki.anchors.A), ChainFault.LeafIsCa);
  });

  it('refuses a leaf and an issuer whose usages lack the one that is asked for', () => {
    const leaf = pkiWith({ leaf: { extendedKeyUsages: ['clientAuth'] } });
    const issuer = pkiWith({ issuer: { extendedKeyUsages: ['clientAuth'] } });

    assertRefused(webpki(leaf.leaves.a, leaf.anchors.A), ChainFault.UsageNotAllowed);
    assert.ok(webpki(leaf.leaves.a, leaf.anchors.A, 'clientAuth').accepted);
    assertRefused(webpki(issuer.leaves.a, issuer.anchors.A), ChainFault.UnknownIssuer);
    assert.ok(webpki(issuer.leaves.a, issuer.anchors.A, 'clientAuth').accepted);
  });

  it('takes an absent list of usages for every usage', () => {
    const pki = pkiWith({ leaf: { extendedKeyUsages: [] } });

    assert.ok(webpki(pki.leaves.a, pki.anchors.A).accepted);
  });

  it('tries every anchor of one subject, whatever their order', () => {
    const pki = pkiWith();
    const generations = ['Z', 'Y'].map((key) =>
      fakeCertificate({ subject: 'CN=root', key, isCa: true }),
    );

    for (const anchors of [
      [...generations, ...pki.anchors['A,B']],
      [...pki.anchors['A,B'], ...generations],
    ]) {
      for (const kind of ['a', 'x', 'b'] as const) {
        assert.ok(webpki(pki.leaves[kind], anchors).accepted);
      }
    }
  });

  it('tries every intermediate of one subject', () => {
    const pki = pkiWith();
    const [leaf, ...rest] = pki.leaves.x;
    assert.ok(leaf !== undefined);
    const dead = fakeCertificate({
      subject: 'CN=root',
      key: 'B',
      signer: fakeCertificate({ subject: 'CN=elsewhere', key: 'E', isCa: true }),
      isCa: true,
    });

    assert.ok(webpki([leaf, dead, ...rest], pki.anchors.A).accepted);
  });

  it('needs a signature, not only a matching name', () => {
    const pki = pkiWith();

    assertRefused(webpki(pki.leaves.b, pki.anchors.A), ChainFault.UnknownIssuer);
  });

  it('ends on a loop of cross-signatures that leads to no anchor', () => {
    const rootC = fakeCertificate({ subject: 'CN=c', key: 'C', isCa: true });
    const rootD = fakeCertificate({ subject: 'CN=d', key: 'D', isCa: true });
    const cUnderD = fakeCertificate({ subject: 'CN=c', key: 'C', signer: rootD, isCa: true });
    const dUnderC = fakeCertificate({ subject: 'CN=d', key: 'D', signer: rootC, isCa: true });
    const leaf = fakeCertificate({ subject: 'CN=web', key: 'web', signer: rootC });

    const verdict = webpki([leaf, cUnderD, dUnderC, rootC, rootD], pkiWith().anchors['A,B']);

    assertRefused(verdict, ChainFault.UnknownIssuer);
  });

  it('takes six intermediates and no seventh', () => {
    assert.ok(ladder(6).accepted);
    assertRefused(ladder(7), ChainFault.UnknownIssuer);
  });

  it('refuses an empty chain and accepts nothing without anchors', () => {
    assertRefused(webpki([], pkiWith().anchors.A), ChainFault.Empty);
    assertRefused(webpki(pkiWith().leaves.x, []), ChainFault.UnknownIssuer);
  });
});

/** A leaf below `count` intermediates in a row. */
function ladder(count: number): ChainVerdict {
  const root = fakeCertificate({ subject: 'CN=0', key: '0', isCa: true });
  const intermediates: CertificateFacts[] = [];
  let signer = root;
  for (let step = 1; step <= count; step += 1) {
    signer = fakeCertificate({ subject: `CN=${step}`, key: String(step), signer, isCa: true });
    intermediates.unshift(signer);
  }
  const leaf = fakeCertificate({ subject: 'CN=web', key: 'web', signer });
  return webpki([leaf, ...intermediates], [root]);
}

describe('goAccepts', () => {
  for (const { holds, accepted } of measured) {
    for (const kind of ['a', 'x', 'b'] as const) {
      const verb = accepted[kind] ? 'loads' : 'refuses';
      it(`${verb} an issuer file of kind ${kind} for an identity process that holds {${holds}}`, () => {
        const pki = pkiWith();

        assert.equal(go(pki.issuers[kind], pki.anchors[holds]).accepted, accepted[kind]);
      });
    }
  }

  for (const { pathLength, holds, accepted } of [
    { pathLength: 0, holds: 'A', accepted: false },
    { pathLength: 0, holds: 'A,B', accepted: true },
    { pathLength: 1, holds: 'A', accepted: true },
    { pathLength: undefined, holds: 'A', accepted: true },
  ] as const) {
    const verb = accepted ? 'loads' : 'refuses';
    it(`${verb} the bridged issuer where A has path length ${pathLength ?? 'none'} and {${holds}} is held`, () => {
      const pki = pkiWith({ anchorA: pathLength === undefined ? {} : { pathLength } });

      assert.equal(go(pki.issuers.x, pki.anchors[holds]).accepted, accepted);
      assert.ok(go(pki.issuers.a, pki.anchors[holds]).accepted);
    });
  }

  it('refuses the bridged leaf itself at path length 1: its path is one longer than the issuer file', () => {
    const pki = pkiWith({ anchorA: { pathLength: 1 } });

    assertRefused(go(pki.leaves.x, pki.anchors.A), ChainFault.UnknownIssuer);
  });

  it('refuses an issuer under an expired anchor, unless another path avoids it', () => {
    const pki = pkiWith({ anchorA: past });

    assertRefused(go(pki.issuers.a, pki.anchors['A,B']), ChainFault.UnknownIssuer);
    assertRefused(go(pki.issuers.x, pki.anchors.A), ChainFault.UnknownIssuer);
    assert.ok(go(pki.issuers.x, pki.anchors['A,B']).accepted);
  });

  it('refuses an issuer outside its dates', () => {
    const expired = pkiWith({ issuer: past });
    const early = pkiWith({ issuer: future });

    assertRefused(go(expired.issuers.a, expired.anchors.A), ChainFault.LeafExpired);
    assertRefused(go(early.issuers.a, early.anchors.A), ChainFault.LeafNotYetValid);
  });

  it('refuses a bridge outside its dates where it is needed', () => {
    const pki = pkiWith({ cross: past });

    assertRefused(go(pki.issuers.x, pki.anchors.A), ChainFault.UnknownIssuer);
    assert.ok(go(pki.issuers.x, pki.anchors.B).accepted);
  });

  it('demands no extended usage', () => {
    const pki = pkiWith({ issuer: { extendedKeyUsages: ['1.2.3.4'] } });

    assert.ok(go(pki.issuers.a, pki.anchors.A).accepted);
  });

  it('accepts an anchor that is its own issuer file, as a default installation has it', () => {
    const { anchors, anchorA } = pkiWith();

    assert.deepEqual(go([anchorA], anchors.A), { accepted: true, anchor: anchorA });
  });

  it('refuses an anchor that is not a CA', () => {
    const pki = pkiWith({ anchorA: { isCa: false } });

    assertRefused(go(pki.issuers.a, pki.anchors.A), ChainFault.UnknownIssuer);
  });

  it('refuses an empty file', () => {
    assertRefused(go([], pkiWith().anchors.A), ChainFault.Empty);
  });
});
