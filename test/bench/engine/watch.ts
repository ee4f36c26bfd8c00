import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { z } from 'zod';
import type { GateWatch } from '../../../activities/contract.ts';
import { createObservationActivities } from '../../../activities/observation.ts';
import { rotationId } from '../../../domain/anchors.ts';
import { record } from '../../../domain/foreign-hands.ts';
import type { GateName } from '../../../domain/gates/gate.ts';
import type { SurveyRequest } from '../../../domain/observation.ts';
import { objectFingerprints } from '../../../domain/survey-summary.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { systemClock } from '../../../mesh/observation/clock.ts';
import type { Surveyor } from '../../../mesh/observation/survey.ts';

export interface WatchOutcome {
  /** Unix milliseconds: when the activity answered that the gate has passed. */
  readonly passedAtMs: number;
}

/** Readings since the process began. */
export interface WatchMeter {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly requests: number;
  /** That a watch has made. */
  readonly surveys: number;
  /** By the last report of the watch. */
  readonly converged?: number;
}

let converged: number | undefined;
let surveys = 0;

/** How far the watch that runs is; `converged` as it has last told by its heartbeat. */
export function watchProgress(): Pick<WatchMeter, 'converged' | 'surveys'> {
  return { surveys, ...(converged === undefined ? {} : { converged }) };
}

const heartbeat = z.object({ converged: z.number() });

/** The activity that a worker runs for a gate, without a server around it. */
export async function watchUntilPassed(watch: {
  readonly kube: Kube;
  readonly surveyor: Surveyor;
  readonly request: SurveyRequest;
  readonly gate: GateName;
}): Promise<WatchOutcome> {
  const { kube, gate, request } = watch;
  const surveyor = counting(watch.surveyor);
  const first = await surveyor.survey(request);
  const { watchGate } = createObservationActivities({ kube, surveyor, clock: systemClock });
  const input = {
    context: {
      rotationId: rotationId(request.anchors),
      survey: request,
      recorded: record(objectFingerprints(first)),
    },
    gate,
    reportAfterMs: Infinity,
    heal: false,
  };
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  environment.on('heartbeat', (details: unknown) => {
    converged = heartbeat.safeParse(details).data?.converged ?? converged;
  });
  const result = await environment.run<[typeof input], GateWatch, typeof watchGate>(
    watchGate,
    input,
  );
  if (result.outcome === 'passed') return { passedAtMs: Date.now() };
  throw new Error(`gate ${gate} ended with ${result.outcome}: ${JSON.stringify(result.foreign)}`);
}

function counting(surveyor: Surveyor): Surveyor {
  return {
    ...surveyor,
    survey: async (request, options) => {
      const survey = await surveyor.survey(request, options);
      surveys += 1;
      return survey;
    },
  };
}
