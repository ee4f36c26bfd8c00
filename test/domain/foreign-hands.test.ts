import assert from 'node:assert/strict';
import { changesPlan, foreignHands, record } from '../../domain/foreign-hands.ts';
import { summarise } from '../../domain/survey-summary.ts';
import type { TrustObjects } from '../../domain/survey.ts';
import { anchorA, anchorB, bundle, objects, signer, survey } from '../support/survey-builder.ts';

function observed(more: Partial<TrustObjects> = {}): ReturnType<typeof summarise>['objects'] {
  return summarise(survey({ objects: objects(more) })).objects;
}

describe('foreignHands', () => {
  it('sees none where everything is as it was left', () => {
    assert.deepEqual(foreignHands(record(observed()), observed()), []);
  });

  it('names every object that another hand has changed, with what it held and holds', () => {
    const now = observed({
      trustAnchor: anchorB,
      previousAnchor: anchorB,
      signer: signer('other'),
      bundle: bundle('A,B'),
    });

    const hands = foreignHands(record(observed()), now);

    assert.deepEqual(
      hands.map(({ what }) => what),
      [
        'trust anchor Secret',
        'previous-anchor Secret',
        'signer of the ClusterIssuer',
        'trust bundle',
      ],
    );
    const [a, b] = [anchorA, anchorB].map(({ fingerprint }) => fingerprint.slice(0, 8));
    assert.equal(hands[0]?.reason, `held ${a}, holds ${b}`);
    assert.equal(hands[2]?.reason, 'was trust-anchor, is other');
    assert.equal(hands[3]?.reason, `held ${a}, holds ${[a, b].toSorted().join('+')}`);
  });

  it('names a previous anchor that is gone', () => {
    const { previousAnchor: _gone, ...without } = observed();

    assert.match(foreignHands(record(observed()), without)[0]?.reason ?? '', /holds nothing$/);
    assert.deepEqual(foreignHands(record(without), without), []);
  });

  it('asks for another plan when the anchors or the signer are others, and not for the bundle', () => {
    const recorded = record(observed());

    for (const change of [
      { trustAnchor: anchorB },
      { previousAnchor: anchorB },
      { signer: signer('other') },
    ]) {
      assert.equal(changesPlan(recorded, observed(change), { ownsBundle: false }), true);
    }
    const another = observed({ bundle: bundle('A,B') });
    assert.equal(changesPlan(recorded, another, { ownsBundle: false }), false);
  });

  it('asks for another plan for the bundle where nobody else puts it right', () => {
    const recorded = record(observed());
    const another = observed({ bundle: bundle('A,B') });

    assert.equal(changesPlan(recorded, another, { ownsBundle: true }), true);
    assert.equal(changesPlan(recorded, observed(), { ownsBundle: true }), false);
  });

  it('does not look at the bundle while trust-manager is expected to follow its sources', () => {
    const { bundle: _following, ...recorded } = record(observed());

    assert.deepEqual(foreignHands(recorded, observed({ bundle: bundle('A,B') })), []);
  });
});
