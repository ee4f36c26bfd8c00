import assert from 'node:assert/strict';
import { ThrottledError } from '../../mesh/kubernetes/errors.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { DeadlineError, waitFor } from '../../mesh/wait.ts';
import { patienceMs } from '../support/patience.ts';

const busy = new ThrottledError(
  { verb: 'list', type: resources.pods },
  { happened: 'the API server is busy', nextStep: 'retry later', retryAfterMs: 10 },
);

describe('waiting for something in the cluster', () => {
  it('looks until it is there, telling what is missing', async () => {
    const progress: string[] = [];
    let looks = 0;

    const value = await waitFor(
      'it',
      { deadlineMs: Date.now() + patienceMs, onProgress: (text) => progress.push(text) },
      async () => {
        looks += 1;
        return looks < 3
          ? { done: false, progress: `look ${String(looks)}` }
          : { done: true, value: 7 };
      },
    );

    assert.equal(value, 7);
    assert.deepEqual(progress, ['look 1', 'look 2']);
  });

  it('waits through faults of the API server that may pass', async () => {
    let looks = 0;

    const value = await waitFor('it', { deadlineMs: Date.now() + patienceMs }, async () => {
      looks += 1;
      if (looks === 1) throw busy;
      return { done: true, value: looks };
    });

    assert.equal(value, 2);
  });

  it('ends at its deadline with what was missing last', async () => {
    await assert.rejects(
      waitFor('the bundle', { deadlineMs: Date.now() - 1 }, () => Promise.reject(busy)),
      (error) => {
        assert.ok(error instanceof DeadlineError);
        assert.match(error.message, /Waited in vain for the bundle: .*busy/);
        return true;
      },
    );
  });

  it('passes any other error on at once', async () => {
    const bug = new TypeError('bug');

    await assert.rejects(
      waitFor('it', { deadlineMs: Date.now() + patienceMs }, () => Promise.reject(bug)),
      (error) => error === bug,
    );
  });

  it('does not look when it was cancelled before', async () => {
    const reason = new Error('cancelled');

    await assert.rejects(
      waitFor(
        'it',
        { deadlineMs: Date.now() + patienceMs, signal: AbortSignal.abort(reason) },
        () => assert.fail('looked'),
      ),
      (error) => error === reason,
    );
  });
});
