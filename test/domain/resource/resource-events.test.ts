import assert from 'node:assert/strict';
import { eventsOf } from '../../../domain/resource/resource-events.ts';
import { ago, gateReport } from '../../client/fixtures.ts';
import { sightWith } from '../../support/rotation-sight.ts';

function told(...given: Parameters<typeof sightWith>): readonly string[] {
  return eventsOf(sightWith(...given)).map(({ type, reason }) => `${type} ${reason}`);
}

describe('the Events of a rotation', () => {
  it('tell of its start, its phases and its approvals', () => {
    const approvals = [{ gate: 'switch-issuer', by: 'ada', at: ago(50) }] as const;
    assert.deepEqual(told({ approvals }), [
      'Normal RotationStarted',
      'Normal PhaseBegun',
      'Normal PhaseDone',
      'Normal PhaseBegun',
      'Normal PhaseDone',
      'Normal PhaseBegun',
      'Normal Approved',
    ]);
  });

  it('tell of gates that have passed, and of no other', () => {
    assert.ok(told({ gate: gateReport(46, 46) }).includes('Normal GatePassed'));
    assert.ok(!told({ gate: gateReport(45, 46) }).includes('Normal GatePassed'));
  });

  it('tell what is waited for', () => {
    const waiting = { for: 'x', since: ago(1), laggards: [] };
    assert.ok(told({ condition: 'blocked', waiting }).includes('Warning Blocked'));
    assert.ok(told({ condition: 'paused', waiting }).includes('Normal Paused'));
    const asked = { ...waiting, approval: 'retire-anchor' } as const;
    assert.ok(
      told({ condition: 'waiting-for-approval', waiting: asked }).includes('Normal ApprovalNeeded'),
    );
    const back = { condition: 'swinging-back', waiting: { ...waiting, cause: 'step' } } as const;
    assert.ok(told(back).includes('Warning Blocked'));
    assert.ok(!told({ ...back, waiting }).includes('Warning Blocked'));
    assert.ok(!told({ waiting }).some((line) => /Blocked|Paused|Approval/.test(line)));
  });

  it('warn of every end that is not the wanted one', () => {
    assert.equal(told({ condition: 'completed' }).at(-1), 'Normal RotationCompleted');
    assert.equal(told({ condition: 'held' }).at(-1), 'Warning RotationHeld');
    assert.equal(told({ condition: 'not-started' }).at(-1), 'Warning RotationNotStarted');
  });

  it('have keys that are the same whenever they are told, and those of another run are others', () => {
    const keys = (runId: string, at: string): readonly string[] =>
      eventsOf(sightWith({ condition: 'held' }, { runId, at })).map(({ key }) => key);
    assert.deepEqual(keys('run-1', ago(0)), keys('run-1', ago(9)));
    const all = [...keys('run-1', ago(0)), ...keys('run-2', ago(0))];
    assert.equal(new Set(all).size, all.length);
  });
});
