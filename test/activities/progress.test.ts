import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { CancelledFailure } from '@temporalio/common';
import { waitOptions, withHeartbeat } from '../../activities/progress.ts';
import { inActivity } from './activity-fixture.ts';

describe('withHeartbeat', () => {
  it('tells at once where it is, and again at every step', async () => {
    const { result, heartbeats } = await inActivity(() =>
      withHeartbeat({ text: 'first' }, async ({ tell }) => {
        tell({ text: 'second' });
        return 'done';
      }),
    );

    assert.equal(result, 'done');
    assert.deepEqual(heartbeats, [{ text: 'first' }, { text: 'second' }]);
  });

  it('ends what it runs when the activity is cancelled', async () => {
    const environment = new MockActivityEnvironment();
    const running = inActivity(
      () =>
        withHeartbeat({ text: 'waiting' }, ({ signal }) => {
          environment.cancel('CANCELLED');
          signal.throwIfAborted();
          return Promise.resolve();
        }),
      environment,
    );

    await assert.rejects(running, CancelledFailure);
  });

  it('hands waits their deadline, their end and a place for their progress', async () => {
    const { heartbeats } = await inActivity(() =>
      withHeartbeat({ text: 'first' }, async (beat) => {
        const startedMs = Date.now();
        const { deadlineMs, signal, onProgress } = waitOptions(beat, 5_000);
        assert.ok(deadlineMs >= startedMs + 5_000 && deadlineMs <= Date.now() + 5_000);
        assert.equal(signal, beat.signal);
        onProgress?.('the Secret is not there yet');
      }),
    );

    assert.deepEqual(heartbeats.at(-1), { text: 'the Secret is not there yet' });
  });
});
