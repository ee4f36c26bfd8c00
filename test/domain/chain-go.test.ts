import assert from 'node:assert/strict';
import type { CertificateFacts } from '../../domain/certificate.ts';
import type { ChainVerdict } from '../../domain/chain.ts';
import { ChainFault, goAccepts } from '../../domain/chain.ts';
import { fakeCertificate, fakeNowMs, signedBy } from '../support/fake-certificates.ts';
import { future, measured, past, pkiWith } from '../support/fake-pki.ts';

/** The OID of "any" in a list of extended usages. */
const anyExtendedKeyUsage = '2.5.29.37.0';

function go(
  chain: readonly CertificateFacts[],
  anchors: readonly CertificateFacts[],
): ChainVerdict {
  return goAccepts(chain, anchors, { atMs: fakeNowMs, signedBy });
}

function assertRefused(verdict: ChainVerdict, fault: ChainFault): void {
  assert.deepEqual(verdict, { accepted: false, fault });
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

  for (const which of ['anchorA', 'cross', 'issuer'] as const) {
    it(`demands server authentication of the ${which}, as Go does of a caller that names no usage`, () => {
      const limitedTo = (usage: string): ChainVerdict => {
        const pki = pkiWith({ [which]: { extendedKeyUsages: [usage] } });
        return go(pki.issuers.x, pki.anchors.A);
      };

      assert.ok(!limitedTo('clientAuth').accepted);
      assert.ok(!limitedTo('1.2.3.4').accepted);
      assert.ok(limitedTo('serverAuth').accepted);
      assert.ok(limitedTo(anyExtendedKeyUsage).accepted);
    });
  }

  it('goes around a bridge that may not authenticate servers', () => {
    const pki = pkiWith({ cross: { extendedKeyUsages: ['clientAuth'] } });

    assert.ok(go(pki.issuers.x, pki.anchors.B).accepted);
  });

  it('refuses a path over a certificate whose key usage leaves out signing', () => {
    const pki = pkiWith();
    const [issuer, bridge] = pki.issuers.x;
    assert.ok(issuer && bridge);
    const silent = (facts: CertificateFacts): CertificateFacts => ({
      ...facts,
      lacksCertSign: true,
    });

    assertRefused(go(pki.issuers.a, [silent(pki.anchorA)]), ChainFault.UnknownIssuer);
    assertRefused(
      goAccepts([issuer, silent(bridge)], pki.anchors.A, {
        atMs: fakeNowMs,
        signedBy: (child, signer) => signedBy(child.lacksCertSign ? bridge : child, signer),
      }),
      ChainFault.UnknownIssuer,
    );
    // Nothing in the file is signed by the issuer itself.
    const verdict = goAccepts([silent(issuer), bridge], pki.anchors.A, {
      atMs: fakeNowMs,
      signedBy: (child, signer) => signedBy(child.lacksCertSign ? issuer : child, signer),
    });
    assert.ok(verdict.accepted);
  });

  it('tells certificates of one name and key apart by their DNS names', () => {
    const { anchorA } = pkiWith();
    const renewed = fakeCertificate({ subject: 'CN=root', key: 'A', notAfter: future.notAfter });
    const named = { ...renewed, dnsNames: ['identity.example'] };
    const alwaysSigned = { atMs: fakeNowMs, signedBy: () => true };

    assertRefused(goAccepts([renewed], [anchorA], alwaysSigned), ChainFault.UnknownIssuer);
    assert.ok(goAccepts([named], [anchorA], alwaysSigned).accepted);
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
