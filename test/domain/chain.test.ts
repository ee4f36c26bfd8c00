import assert from 'node:assert/strict';
import type { CertificateFacts } from '../../domain/certificate.ts';
import type { ChainVerdict, Usage } from '../../domain/chain.ts';
import { ChainFault, webpkiAccepts } from '../../domain/chain.ts';
import { fakeCertificate, fakeNowMs, signedBy } from '../support/fake-certificates.ts';
import { future, measured, past, pkiWith } from '../support/fake-pki.ts';

function webpki(
  chain: readonly CertificateFacts[],
  anchors: readonly CertificateFacts[],
  usage: Usage = 'serverAuth',
): ChainVerdict {
  return webpkiAccepts(chain, anchors, { atMs: fakeNowMs, usage, signedBy });
}

function assertRefused(verdict: ChainVerdict, fault: ChainFault): void {
  assert.deepEqual(verdict, { accepted: false, fault });
}

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
