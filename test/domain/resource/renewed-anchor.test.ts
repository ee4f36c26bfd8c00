import assert from 'node:assert/strict';
import type { PastRotation } from '../../../domain/resource/past-rotation.ts';
import { withPastRotation } from '../../../domain/resource/past-rotation.ts';
import { nextAttempt, renewedAnchorIn } from '../../../domain/resource/renewed-anchor.ts';
import { renewedTrigger } from '../../../domain/resource/renewed-trigger.ts';
import type { RestSight } from '../../../domain/resource/rest-status.ts';
import type { TriggerRecord } from '../../../domain/resource/trigger-decision.ts';
import { withTrigger } from '../../../domain/resource/trigger-decision.ts';
import type { SignerSource } from '../../../domain/survey.ts';
import { ago, anchors, nowMs } from '../../client/fixtures.ts';
import { survey } from '../../support/survey-builder.ts';

const { fingerprint } = anchors.b.certificate;

function sightOf(source: SignerSource, seen = anchors as Partial<typeof anchors>): RestSight {
  const { objects } = survey();
  const signer = { source, secretName: `linkerd-${source}` };
  return {
    kind: 'seen',
    anchors: { a: anchors.a, ...(seen.b === undefined ? {} : { b: seen.b }) },
    objects: { ...objects, signer },
    at: ago(0),
  };
}

function past(outcome: string, more: Partial<PastRotation> = {}): PastRotation {
  return {
    id: 'aaaaaaaa-bbbbbbbb',
    runId: `run of ${more.trigger ?? 'a command'}`,
    outcome,
    requestedBy: 'ada',
    newAnchor: fingerprint,
    startedAt: ago(60),
    endedAt: ago(30),
    durationSeconds: 30,
    phases: [],
    ...more,
  };
}

function recordOf(attempt: number, more: Partial<TriggerRecord> = {}): TriggerRecord {
  const value = renewedTrigger(fingerprint, attempt);
  return { value, at: ago(60), outcome: 'Started', ...more };
}

describe('an anchor that somebody has renewed', () => {
  it('is one that no rotation has taken up, whatever did not start', () => {
    const sight = sightOf('trust-anchor');
    const missed = past('not-started');
    assert.deepEqual(renewedAnchorIn(sight, []), { fingerprint, isSigning: true });
    assert.deepEqual(renewedAnchorIn(sight, [missed])?.missed, missed);
    for (const outcome of ['held', 'failed', 'aborted']) {
      assert.equal(renewedAnchorIn(sight, [missed, past(outcome)]), undefined);
    }
    assert.equal(renewedAnchorIn(sightOf('trust-anchor', {}), []), undefined);
  });

  it('is tried once, unless that did not start and the signer is not pinned', () => {
    const seen = { fingerprint, isSigning: true };
    const missed = past('not-started', { trigger: renewedTrigger(fingerprint) });
    assert.deepEqual(nextAttempt(seen, []), { number: 1 });
    assert.equal(nextAttempt(seen, [recordOf(1)]), undefined);
    assert.equal(nextAttempt({ ...seen, missed }, [recordOf(1)])?.number, 2);
    assert.equal(nextAttempt({ ...seen, missed, isSigning: false }, [recordOf(1)]), undefined);
  });

  it('is tried less and less often, at last every hour', () => {
    const minutes = [1, 2, 3, 4, 5, 6, 50].map((made) => {
      const missed = past('not-started', { trigger: renewedTrigger(fingerprint, made) });
      const next = nextAttempt({ fingerprint, isSigning: true, missed }, [recordOf(made)]);
      assert.equal(next?.number, made + 1);
      return ((next.dueMs ?? 0) - nowMs + 30_000) / 60_000;
    });
    assert.deepEqual(minutes, [5, 10, 20, 40, 60, 60, 60]);
  });

  it('is not tried on the word of an attempt before the last, whose end is still to be told', () => {
    const missed = past('not-started', { trigger: renewedTrigger(fingerprint) });
    const seen = { fingerprint, isSigning: true, missed };
    assert.equal(nextAttempt(seen, [recordOf(2, { at: ago(0) })]), undefined);
    // A command's rotation that came after the last attempt did not start either.
    const command = { ...seen, missed: past('not-started') };
    assert.equal(nextAttempt(command, [recordOf(2)])?.number, 3);
    assert.deepEqual(nextAttempt(seen, [recordOf(2, { outcome: 'Starting' })]), { number: 2 });
  });

  it('leaves one record and one past rotation of all attempts in vain', () => {
    const others = past('held', { runId: 'other', newAnchor: 'cc', startedAt: ago(90) });
    const june: TriggerRecord = { value: 'june', at: ago(90), outcome: 'Started' };
    let rotations: readonly PastRotation[] = [others];
    let records: readonly TriggerRecord[] = [june];
    for (let attempt = 1; attempt < 12; attempt += 1) {
      const trigger = renewedTrigger(fingerprint, attempt);
      const startedAt = ago(60 - attempt);
      rotations = withPastRotation(rotations, past('not-started', { trigger, startedAt }));
      records = withTrigger(records, recordOf(attempt));
    }
    const last = renewedTrigger(fingerprint, 11);
    assert.deepEqual(
      rotations.map(({ runId }) => runId),
      [`run of ${last}`, 'other'],
    );
    assert.deepEqual(
      records.map(({ value }) => value),
      ['june', last],
    );
  });
});
