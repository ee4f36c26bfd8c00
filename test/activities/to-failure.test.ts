import assert from 'node:assert/strict';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { toFailure } from '../../activities/to-failure.ts';
import { RenewalFailedError } from '../../mesh/certificate-renewal.ts';
import { ClusterError, ForbiddenError, ThrottledError } from '../../mesh/kubernetes/errors.ts';
import { resources } from '../../mesh/kubernetes/resources.ts';
import { DeadlineError } from '../../mesh/wait.ts';

const operation = { verb: 'get', type: resources.secrets, namespace: 'ns', name: 'one' } as const;
const story = { happened: 'it said no', nextStep: 'ask for the right' };

function failureOf(error: unknown): ApplicationFailure {
  const failure = toFailure(error);
  assert.ok(failure instanceof ApplicationFailure);
  return failure;
}

describe('toFailure', () => {
  it('leaves cancellations, and failures that are ready to travel, alone', () => {
    for (const error of [new CancelledFailure('over'), ApplicationFailure.retryable('again')]) {
      assert.equal(toFailure(error), error);
    }
  });

  it('does not try again what only a person can cure', () => {
    const errors = [
      new ForbiddenError(operation, { ...story, status: 403 }),
      new ClusterError('no kubeconfig'),
    ];
    for (const error of errors) {
      const failure = failureOf(error);
      assert.equal(failure.nonRetryable, true);
      assert.equal(failure.message, error.message);
      assert.equal(failure.cause, error);
    }
    assert.equal(failureOf(errors[0]).type, 'ForbiddenError');
  });

  it('tries again what may pass, after the time that the server asked for', () => {
    const failure = failureOf(new ThrottledError(operation, { ...story, retryAfterMs: 7_000 }));

    assert.equal(failure.nonRetryable, false);
    assert.equal(failure.nextRetryDelay, 7_000);
  });

  it('does not ask a policy again that has denied a renewal, but tries a failed one again', () => {
    assert.equal(failureOf(new RenewalFailedError('denied', true)).nonRetryable, true);
    assert.equal(failureOf(new RenewalFailedError('failed', false)).nonRetryable, false);
  });

  it('tries a wait that ended in vain again, and whatever it does not know', () => {
    assert.equal(failureOf(new DeadlineError('it', 'nothing yet')).nonRetryable, false);
    assert.equal(failureOf(new TypeError('a bug')).nonRetryable, false);
    assert.equal(failureOf('a text').nonRetryable, false);
  });
});
