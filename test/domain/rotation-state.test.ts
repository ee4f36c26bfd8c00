import assert from 'node:assert/strict';
import { phasesOf } from '../../domain/phases.ts';
import {
  defaultTimings,
  rotationTaskQueue,
  rotationWorkflowId,
} from '../../domain/rotation-request.ts';
import type { RotationState } from '../../domain/rotation-state.ts';
import {
  beginPhase,
  beginWaiting,
  beginWatch,
  endPhase,
  endWatch,
  isEnd,
  maxNotes,
  newRotationState,
  pendingPhases,
  reportOf,
  watchedSince,
  withNote,
} from '../../domain/rotation-state.ts';
import { summarise } from '../../domain/survey-summary.ts';
import { anchorA, survey } from '../support/survey-builder.ts';

const [earlier, later] = ['2026-06-01T00:00:00.000Z', '2026-06-01T01:00:00.000Z'];

function planned(): RotationState {
  return { ...newRotationState([]), phases: pendingPhases(phasesOf('bridge')) };
}

describe('the state of a rotation', () => {
  it('begins with nothing done and what was excepted before the start', () => {
    const exception = { name: 'pod shop/legacy-0', by: 'ann', reason: 'bare pod' };
    const state = newRotationState([exception]);

    assert.equal(state.condition, 'running');
    assert.deepEqual(state.exceptions, [exception]);
    assert.equal(state.phase, undefined);
  });

  it('records when a phase began and ended; beginning it again changes nothing', () => {
    const begun = beginPhase(planned(), 'PinningSigner', earlier);
    const again = beginPhase(begun, 'PinningSigner', later);
    const ended = endPhase(again, 'PinningSigner', later);

    assert.equal(begun.phase, 'PinningSigner');
    assert.deepEqual(again.phases, begun.phases);
    assert.deepEqual(
      ended.phases.find(({ phase }) => phase === 'PinningSigner'),
      { phase: 'PinningSigner', state: 'done', startedAt: earlier, endedAt: later },
    );
    assert.ok(
      ended.phases.every(({ phase, state }) => phase === 'PinningSigner' || state === 'pending'),
    );
  });

  it('keeps the last notes only', () => {
    let state = planned();
    for (let index = 0; index < maxNotes + 5; index += 1) {
      state = withNote(state, { at: earlier, text: `note ${index}` });
    }

    assert.equal(state.notes.length, maxNotes);
    assert.equal(state.notes.at(-1)?.text, `note ${maxNotes + 4}`);
  });

  it('has ended or goes on', () => {
    assert.ok(
      (['completed', 'already-rotated', 'aborted', 'held', 'not-started', 'failed'] as const).every(
        isEnd,
      ),
    );
    assert.ok(
      !(['running', 'paused', 'waiting-for-approval', 'blocked', 'swinging-back'] as const).some(
        isEnd,
      ),
    );
  });

  it('becomes a report with the evidence that it has, and no more', () => {
    const bare = reportOf(planned(), 'not-started');
    const full = reportOf(
      {
        ...planned(),
        method: 'bridge',
        reason: 'aborted by ann',
        anchors: { a: { certificate: anchorA, pem: 'pem of A' } },
        observed: summarise(survey()),
      },
      'held',
    );

    assert.ok(!('method' in bare) && !('anchors' in bare) && !('observed' in bare));
    assert.equal(full.outcome, 'held');
    assert.equal(full.reason, 'aborted by ann');
    assert.equal(full.method, 'bridge');
    assert.equal(full.observed?.fleet.length, 2);
  });
});

describe('the wait for a gate', () => {
  it('counts from its beginning, whatever is waited for between, until it ends', () => {
    const begun = beginWatch(planned(), 'fleet-holds-new-only', earlier);
    const other = beginWatch(begun, 'bundle-holds-new-only', later);
    const again = beginWatch(other, 'fleet-holds-new-only', later);

    assert.equal(watchedSince(again, 'fleet-holds-new-only'), earlier);
    assert.equal(watchedSince(again, 'bundle-holds-new-only'), later);

    const ended = endWatch(again, 'fleet-holds-new-only');
    assert.equal(watchedSince(ended, 'fleet-holds-new-only'), undefined);
    assert.equal(watchedSince(ended, 'bundle-holds-new-only'), later);
  });
});

describe('what is waited for', () => {
  const laggards = Array.from({ length: 60 }, (_, index) => ({
    what: `pod shop/web-${String(index)}`,
    reason: 'holds A',
    remedy: 'restart it',
  }));

  it('names the first fifty laggards and counts the rest, those that nobody named included', () => {
    const waiting = beginWaiting(planned(), { for: 'pods', laggards, unnamed: 400 }, earlier);
    assert.deepEqual(waiting.laggards, laggards.slice(0, 50));
    assert.equal(waiting.unnamed, 410);
  });

  it('counts nothing where all are named, and goes on from when it began', () => {
    const [first] = laggards;
    const wanted = { for: 'pods', laggards: first === undefined ? [] : [first], unnamed: 0 };
    const waiting = beginWaiting(planned(), wanted, earlier);
    assert.deepEqual(waiting, { for: 'pods', laggards: wanted.laggards, since: earlier });
    const again = beginWaiting({ ...planned(), waiting }, wanted, later);
    assert.equal(again.since, earlier);
  });
});

describe('the names of a rotation', () => {
  it('are one workflow and one task queue for each cluster', () => {
    assert.equal(rotationWorkflowId('uid-1'), 'trust-rotation/uid-1');
    assert.equal(rotationTaskQueue('uid-1'), 'trust-rotation-uid-1');
    assert.ok(defaultTimings.settleMs >= 120_000);
  });
});
