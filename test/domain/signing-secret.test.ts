import assert from 'node:assert/strict';
import type { SigningSecret } from '../../domain/signing-secret.ts';
import { wrongSigner } from '../../domain/signing-secret.ts';
import type { TrustObjects } from '../../domain/survey.ts';
import { anchorA, anchorB, bridge, objects } from '../support/survey-builder.ts';

describe('wrongSigner', () => {
  const both = {
    a: { certificate: anchorA, pem: '' },
    b: { certificate: anchorB, pem: '' },
  };
  const midway: TrustObjects = {
    ...objects({}),
    trustAnchor: anchorB,
    previousAnchor: anchorA,
    bridge,
  };
  const right: readonly SigningSecret[] = [
    { to: 'previous-anchor', issuer: 'a' },
    { to: 'bridge', issuer: 'x' },
    { to: 'trust-anchor', issuer: 'b' },
  ];

  for (const secret of right) {
    it(`lets ${secret.to} make issuers of kind ${secret.issuer}`, () => {
      assert.equal(wrongSigner(midway, both, secret), undefined);
    });
  }

  it('knows a bridge whose maker reckons key ids in another way', () => {
    const other = { ...midway, bridge: { ...bridge, subjectKeyId: 'of another hash' } };

    assert.equal(wrongSigner(other, both, { to: 'bridge', issuer: 'x' }), undefined);
  });

  const wrong: readonly (readonly [string, Partial<TrustObjects>, SigningSecret])[] = [
    ['a renewed anchor under A', {}, { to: 'trust-anchor', issuer: 'a' }],
    ["another hand's copy", { previousAnchor: anchorB }, { to: 'previous-anchor', issuer: 'a' }],
    ['an anchor as the bridge', { bridge: anchorA }, { to: 'bridge', issuer: 'x' }],
    ['A under B', { trustAnchor: anchorA }, { to: 'trust-anchor', issuer: 'b' }],
  ];
  for (const [what, change, secret] of wrong) {
    it(`does not take ${what}`, () => {
      const laggard = wrongSigner({ ...midway, ...change }, both, secret);

      assert.equal(laggard?.what, `${secret.to} Secret`);
    });
  }

  it('does not take a Secret that is not there', () => {
    const { bridge: _gone, ...without } = midway;

    const laggard = wrongSigner(without, both, { to: 'bridge', issuer: 'x' });

    assert.match(laggard?.reason ?? '', /^holds nothing/);
  });
});
