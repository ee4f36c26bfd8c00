import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import type { GuardedChange } from '../../activities/guard.ts';
import { guarded } from '../../activities/guard.ts';
import { withHeartbeat } from '../../activities/progress.ts';
import type { Survey } from '../../domain/survey.ts';
import { summarise } from '../../domain/survey-summary.ts';
import { objects, proxy, signer, survey, uniform } from '../support/survey-builder.ts';
import type { Surveyor } from '../../mesh/observation/survey.ts';
import { contextAfter, dependencies, inActivity, surveyorOf } from './activity-fixture.ts';

const failureDetails = z.object({ laggards: z.array(z.unknown()), unnamed: z.number() });
const before = uniform('A,B', 'a', { signer: signer('previous-anchor') });
const foreign = uniform('A,B', 'a', { signer: signer('other') });
const unsafe: Survey = { ...before, proxies: [proxy('web', 'A', 'a')] };

/** A change that may only happen where every verifier holds B. */
function change(more: Partial<GuardedChange> = {}): GuardedChange & { acts: number } {
  const counted = {
    context: contextAfter(before),
    mutation: { kind: 'let-issuer-sign', issuer: 'b' } as const,
    isDone: () => false,
    acts: 0,
    act: async () => {
      counted.acts += 1;
    },
    ...more,
  };
  return counted;
}

async function guard(surveyor: Surveyor, wanted: GuardedChange): ReturnType<typeof guarded> {
  const { result } = await inActivity(() =>
    withHeartbeat({ text: 'changing' }, (beat) =>
      guarded(dependencies({ surveyor }), wanted, beat),
    ),
  );
  return result;
}

async function failureOf(work: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApplicationFailure, String(error));
  return error;
}

describe('guarded', () => {
  it('does nothing where the cluster is as wanted, whoever has changed what else', async () => {
    const wanted = change({ isDone: () => true });

    const { observed } = await guard(surveyorOf(foreign), wanted);

    assert.equal(wanted.acts, 0);
    assert.deepEqual(observed, summarise(foreign));
  });

  it('stops at another hand before it asks the invariants, and tells what is there now', async () => {
    const both: Survey = { ...unsafe, objects: foreign.objects };
    const wanted = change();

    const failure = await failureOf(guard(surveyorOf(both), wanted));

    assert.equal(failure.type, 'ForeignHands');
    assert.equal(failure.nonRetryable, true);
    const [details] = failure.details ?? [];
    assert.deepEqual(details, {
      laggards: [
        {
          what: 'signer of the ClusterIssuer',
          reason: 'was previous-anchor, is other',
          remedy:
            'find who writes it; put it back, or resume the rotation to go on from what is there now',
        },
      ],
      observed: summarise(both),
    });
    assert.equal(wanted.acts, 0);
  });

  it('stops at what the invariants refuse, by name', async () => {
    const wanted = change();

    const failure = await failureOf(guard(surveyorOf(unsafe), wanted));

    assert.equal(failure.type, 'MutationRefused');
    assert.match(failure.message, /I1 refuses: pod shop\/web-1 holds A/);
    assert.match(JSON.stringify(failure.details), /"what":"pod shop\/web-1"/);
    assert.equal(wanted.acts, 0);
  });

  it('stops at many that stand in the way, names the first fifty of them and counts the rest', async () => {
    const many = Array.from({ length: 60 }, (_, index) => proxy(`web-${String(index)}`, 'A', 'a'));

    const { details } = await failureOf(guard(surveyorOf({ ...before, proxies: many }), change()));

    const [named] = details ?? [];
    const { laggards, unnamed } = failureDetails.parse(named);
    assert.deepEqual([laggards.length, unnamed], [50, 10]);
  });

  it('acts once, and answers with a survey from after that', async () => {
    const after = survey({ objects: objects({ signer: signer('bridge') }) });
    const surveyor = surveyorOf(before, after);
    const wanted = change();

    const { observed } = await guard(surveyor, wanted);

    assert.equal(wanted.acts, 1);
    assert.equal(observed.objects.signer, 'bridge');
    assert.equal(surveyor.taken, 2);
  });
});
