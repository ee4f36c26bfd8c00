import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ActivityDependencies } from '../../activities/dependencies.ts';
import { documentedObjects } from '../../domain/objects.ts';
import type { BoundContext } from '../../domain/rotation-context.ts';
import { defaultTimings } from '../../domain/rotation-request.ts';
import { record } from '../../domain/foreign-hands.ts';
import type { Survey } from '../../domain/survey.ts';
import { summarise } from '../../domain/survey-summary.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import type { Clock } from '../../mesh/observation/clock.ts';
import type { Surveyor } from '../../mesh/observation/survey.ts';
import { untilAborted } from '../support/until-aborted.ts';
import { anchorA, anchorB, survey } from '../support/survey-builder.ts';
import { inventory } from '../support/plan-builder.ts';

/** Runs as an activity, and answers with what it told by heartbeats as well. */
export async function inActivity<Result>(
  body: () => Promise<Result>,
  environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }),
): Promise<{ readonly result: Result; readonly heartbeats: readonly unknown[] }> {
  const heartbeats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => {
    heartbeats.push(details);
  });
  const result = await environment.run<[], Result, () => Promise<Result>>(body);
  return { result, heartbeats };
}

/** A surveyor that answers with what a test says; the last survey is repeated. */
export function surveyorOf(...surveys: readonly Survey[]): Surveyor & { readonly taken: number } {
  let taken = 0;
  const next = (): Survey => {
    const found = surveys[Math.min(taken, surveys.length - 1)];
    taken += 1;
    if (found === undefined) throw new Error('no survey is expected here');
    return found;
  };
  return {
    survey: async (_request, options) => {
      options?.onProgress?.('asking');
      return next();
    },
    awaitNews: async () => undefined,
    keepUp: (_request, signal) => untilAborted(signal),
    inventory: async () => inventory(),
    discover: async () => ({
      trustAnchor: { certificate: anchorA, pem: '' },
      others: [],
      issuerVerifiesUnder: [anchorA.fingerprint],
    }),
    keepProofProbe: async () => ({ notAfter: '2027-01-01T00:00:00.000Z' }),
    removeProbes: async () => undefined,
    get taken() {
      return taken;
    },
  };
}

/** Time that passes only while somebody sleeps. */
export function fakeClock(): Clock & { readonly slept: readonly number[] } {
  const slept: number[] = [];
  let nowMs = Date.parse('2026-06-01T00:00:00.000Z');
  return {
    slept,
    nowMs: () => nowMs,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      nowMs += ms;
    },
  };
}

export function dependencies(parts: Partial<ActivityDependencies>): ActivityDependencies {
  return {
    // Sound: a test that hands in no cluster tests what touches none; anything else fails loudly.
    kube: {} as Kube,
    surveyor: surveyorOf(),
    clock: fakeClock(),
    ...parts,
  };
}

/** What a rotation tells its activities that left the cluster as `recorded` shows it. */
export function contextAfter(recorded: Survey = survey()): BoundContext {
  return {
    rotationId: 'aaaaaaaa-bbbbbbbb',
    recorded: record(summarise(recorded).objects),
    survey: {
      objects: documentedObjects,
      anchors: { a: { certificate: anchorA, pem: 'A' }, b: { certificate: anchorB, pem: 'B' } },
      bundleHistory: [],
      issuerHistory: [],
      excepted: [],
      timings: { ...defaultTimings, pollMs: 1_000, settleMs: 3_000, rolloutTimeoutMs: 10_000 },
      probe: true,
    },
  };
}
