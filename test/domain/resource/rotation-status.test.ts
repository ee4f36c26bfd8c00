import assert from 'node:assert/strict';
import type { ConditionType } from '../../../domain/resource/conditions.ts';
import type { ResourceStatus } from '../../../domain/resource/resource-status.ts';
import { emptyStatus } from '../../../domain/resource/resource-status.ts';
import { statusOfRotation, withGateReport } from '../../../domain/resource/rotation-status.ts';
import type { Condition } from '../../../domain/rotation-state.ts';
import { ago, gateReport, nowMs } from '../../client/fixtures.ts';
import { around, sightWith } from '../../support/rotation-sight.ts';

const laggard = { what: 'pod shop/web-1', reason: 'does not answer', remedy: 'look at it' };

function verdict(status: ResourceStatus, wanted: ConditionType): string | undefined {
  const found = status.conditions.find(({ type }) => type === wanted);
  return found && `${found.status}/${found.reason}`;
}

describe('the status of a rotation', () => {
  it('shows phase, anchors, gate and who asked while it runs', () => {
    const watches = [{ gate: 'leaves-under-new-anchor', since: ago(60) }] as const;
    const sight = sightWith({ gate: gateReport(11, 46), watches });
    const status = statusOfRotation(emptyStatus, sight, around);

    assert.equal(status.phase, 'ReplacingLeaves');
    assert.equal(status.progress, 'every live leaf verifies under the new anchor: 11 of 46 (23 %)');
    assert.equal(status.rotation?.id, 'aaaaaaaa-bbbbbbbb');
    assert.equal(status.rotation.requestedBy, 'ada');
    assert.equal(status.rotation.updatedAt, ago(0));
    assert.equal(
      status.anchors?.next?.fingerprint,
      sight.state.anchors?.b?.certificate.fingerprint,
    );
    assert.equal(status.gate?.converged, 11);
    assert.equal(status.laggards.length, 35);
    assert.equal(status.phases.length, 4);
    assert.equal(verdict(status, 'Ready'), 'True/Rotating');
    assert.equal(verdict(status, 'Progressing'), 'True/ReplacingLeaves');
    assert.equal(verdict(status, 'Blocked'), 'False/NotBlocked');
    assert.equal(verdict(status, 'AnchorExpiringSoon'), 'False/InDate');
    assert.ok(status.conditions.every(({ observedGeneration }) => observedGeneration === 3));
  });

  it('names fifty laggards and counts the rest', () => {
    const status = statusOfRotation(emptyStatus, sightWith({ gate: gateReport(0, 500) }), around);
    assert.equal(status.laggards.length, 50);
    assert.equal(status.unnamedLaggards, 450);
    const stuck = Array.from({ length: 60 }, (_, index) => ({ ...laggard, what: String(index) }));
    const waiting = {
      for: 'workloads',
      since: ago(5),
      cause: 'workloads',
      laggards: stuck,
    } as const;
    const blocked = sightWith({ condition: 'blocked', waiting });
    const waits = statusOfRotation(emptyStatus, blocked, around);
    assert.deepEqual([waits.laggards.length, waits.unnamedLaggards], [50, 10]);
    const cut = { ...waiting, laggards: stuck.slice(0, 50), unnamed: 10 };
    const told = statusOfRotation(
      emptyStatus,
      sightWith({ condition: 'blocked', waiting: cut }),
      around,
    );
    assert.deepEqual([told.laggards.length, told.unnamedLaggards], [50, 10]);
  });

  const still: readonly (readonly [Condition, string, string])[] = [
    ['paused', 'True/Rotating', 'False/Paused'],
    ['waiting-for-approval', 'True/Rotating', 'False/WaitingForApproval'],
    ['blocked', 'False/RotationBlocked', 'False/Blocked'],
    ['swinging-back', 'True/Rotating', 'True/ReplacingLeaves'],
  ];
  for (const [condition, ready, progressing] of still) {
    it(`says why it does not go on when it is ${condition}`, () => {
      const waiting = { for: 'Godot', since: ago(5), laggards: [laggard] };
      const status = statusOfRotation(emptyStatus, sightWith({ condition, waiting }), around);
      assert.equal(verdict(status, 'Ready'), ready);
      assert.equal(verdict(status, 'Progressing'), progressing);
      assert.match(status.progress, /waits for Godot$/);
      assert.deepEqual(status.laggards, [laggard]);
      assert.equal(verdict(status, 'Blocked')?.startsWith('True'), condition === 'blocked');
    });
  }

  it('is no less blocked on the way back', () => {
    const waiting = { for: 'the gate', since: ago(5), cause: 'gate', laggards: [laggard] } as const;
    const back = sightWith({ condition: 'swinging-back', waiting });
    const status = statusOfRotation(emptyStatus, back, around);
    assert.equal(verdict(status, 'Ready'), 'False/RotationBlocked');
    assert.equal(verdict(status, 'Progressing'), 'False/Blocked');
    assert.equal(verdict(status, 'Blocked'), 'True/GateLate');
    // What it waits for stays the headline while the gate counts.
    const counted = withGateReport(status, { ...gateReport(20, 46), at: ago(1) });
    assert.equal(counted.progress, status.progress);
  });

  it('names the first laggard and its remedy in a block', () => {
    const waiting = { for: 'the gate', since: ago(5), laggards: [laggard] };
    const status = statusOfRotation(
      emptyStatus,
      sightWith({ condition: 'blocked', waiting }),
      around,
    );
    assert.equal(
      status.conditions.find(({ type }) => type === 'Blocked')?.message,
      'waits for the gate: pod shop/web-1 does not answer; look at it',
    );
  });

  const ends: readonly (readonly [Condition, string, string])[] = [
    ['completed', 'Completed', 'True/Completed'],
    ['already-rotated', 'AlreadyRotated', 'True/AlreadyRotated'],
    ['aborted', 'Aborted', 'True/Aborted'],
    ['held', 'Held', 'False/Held'],
    ['not-started', 'NotStarted', 'False/NotStarted'],
    ['failed', 'Failed', 'False/Failed'],
  ];
  for (const [condition, phase, ready] of ends) {
    it(`remembers an end as ${condition}`, () => {
      const sight = sightWith({ condition, reason: 'because' });
      const status = statusOfRotation(emptyStatus, sight, around);
      assert.equal(status.phase, phase);
      assert.equal(status.progress, 'because');
      assert.equal(verdict(status, 'Ready'), ready);
      assert.equal(verdict(status, 'Progressing'), `False/${phase}`);
      assert.equal(status.gate, undefined);
      const [past] = status.rotations;
      assert.equal(past?.outcome, condition);
      assert.equal(past.durationSeconds, 600);
      assert.deepEqual(past.phases[0], { phase: 'Preflight', seconds: 4 });
      // Told twice it is remembered once.
      assert.equal(statusOfRotation(status, sight, around).rotations.length, 1);
    });
  }

  it('keeps what belongs to others: triggers, past rotations, conditions of the operator', () => {
    const before = statusOfRotation(emptyStatus, sightWith({ condition: 'held' }), around);
    const triggers = [{ value: 'june', at: ago(9), outcome: 'Started' }] as const;
    const next = statusOfRotation(
      { ...before, triggers },
      sightWith({}, { runId: 'run-2', startedAt: ago(1) }),
      around,
    );
    assert.deepEqual(next.triggers, triggers);
    assert.equal(next.rotations[0]?.runId, 'run-1');
  });

  it('keeps the time of a condition until its status changes', () => {
    const first = statusOfRotation(emptyStatus, sightWith({}, { at: ago(60) }), around);
    const second = statusOfRotation(first, sightWith({ gate: gateReport(1, 2) }), around);
    const blocked = statusOfRotation(second, sightWith({ condition: 'blocked' }), around);
    const timeOf = (status: ResourceStatus): string | undefined =>
      status.conditions.find(({ type }) => type === 'Blocked')?.lastTransitionTime;
    assert.equal(timeOf(first), '2026-06-01T11:59:00Z');
    assert.equal(timeOf(second), timeOf(first));
    assert.equal(timeOf(blocked), '2026-06-01T12:00:00Z');
  });

  it('is not put back by a worker that was slow, nor kept back by a time to come', () => {
    const now = statusOfRotation(emptyStatus, sightWith(), around);
    const late = sightWith({ phase: 'Preflight' }, { at: ago(30) });
    assert.equal(statusOfRotation(now, late, around), now);
    const spoilt = {
      ...now,
      rotation: { ...sightOf(now), updatedAt: new Date(nowMs + 1).toISOString() },
    };
    assert.equal(statusOfRotation(spoilt, late, around).phase, 'Preflight');
    const other = sightWith({ phase: 'Preflight' }, { at: ago(30), runId: 'run-2' });
    assert.equal(statusOfRotation(now, other, around).phase, 'Preflight');
  });
});

function sightOf(status: ResourceStatus): NonNullable<ResourceStatus['rotation']> {
  if (status.rotation === undefined) throw new Error('no rotation is shown');
  return status.rotation;
}

describe('the live counts of a gate', () => {
  const running = statusOfRotation(emptyStatus, sightWith(), around);
  const report = { ...gateReport(20, 46), at: ago(1) };

  it('are shown at once, with what is waited for', () => {
    const status = withGateReport(running, report);
    assert.equal(status.gate?.converged, 20);
    assert.equal(status.laggards.length, 26);
    assert.match(status.progress, /20 of 46 \(43 %\)$/);
  });

  it('stay when the workflow, which knows older ones, tells of something else', () => {
    const status = withGateReport(running, report);
    const older = { ...gateReport(3, 46), at: ago(20) };
    const told = statusOfRotation(status, sightWith({ gate: older }), around);
    assert.equal(told.gate?.converged, 20);
    const newer = { ...gateReport(46, 46), at: ago(0) };
    assert.equal(statusOfRotation(status, sightWith({ gate: newer }), around).gate?.passed, true);
  });

  it('change nothing once the rotation has ended, or before there is one', () => {
    const ended = statusOfRotation(emptyStatus, sightWith({ condition: 'held' }), around);
    assert.equal(withGateReport(ended, report), ended);
    assert.equal(withGateReport(emptyStatus, report), emptyStatus);
    const shown = withGateReport(running, report);
    assert.equal(withGateReport(shown, { ...report, at: ago(2) }), shown);
  });
});
