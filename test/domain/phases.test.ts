import assert from 'node:assert/strict';
import { forcedPasses, paceIsPossible, paces, phases, phasesOf } from '../../domain/phases.ts';

describe('phases', () => {
  it('stand in the order of the runbook for each method', () => {
    assert.deepEqual(phasesOf('bridge'), [
      'Preflight',
      'PinningSigner',
      'RenewingTrustAnchor',
      'BridgingIdentityIssuer',
      'ReplacingLeaves',
      'RetiringTrustAnchor',
      'ReleasingBridge',
      'Verifying',
    ]);
    assert.deepEqual(phasesOf('overlap'), [
      'Preflight',
      'PinningSigner',
      'RenewingTrustAnchor',
      'PropagatingTrustRoots',
      'RenewingIdentityIssuer',
      'ReplacingLeaves',
      'RetiringTrustAnchor',
      'Verifying',
    ]);
  });

  it('ask for one approval before the issuer is switched and one before A is retired', () => {
    for (const method of ['bridge', 'overlap'] as const) {
      const approvals = phasesOf(method).flatMap((phase) => phases[phase].approval ?? []);
      assert.deepEqual(approvals, ['switch-issuer', 'retire-anchor']);
    }
  });

  it('cannot go back any more once the old anchor is retired', () => {
    assert.equal(phases.ReleasingBridge.abort, 'forward-only');
    assert.equal(phases.Verifying.abort, 'forward-only');
  });

  it('force 0, 1 or 2 passes with a bridge and 2 or 3 with an overlap', () => {
    assert.deepEqual(
      paces.map((pace) => forcedPasses('bridge', pace)),
      [0, 1, 2],
    );
    assert.deepEqual(
      (['steady', 'urgent'] as const).map((pace) => forcedPasses('overlap', pace)),
      [2, 3],
    );
  });

  it('allow the natural pace only to the bridge', () => {
    assert.ok(paceIsPossible('bridge', 'natural'));
    assert.ok(!paceIsPossible('overlap', 'natural'));
    assert.ok(paceIsPossible('overlap', 'steady'));
  });
});
