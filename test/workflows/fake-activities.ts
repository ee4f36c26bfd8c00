import { Context } from '@temporalio/activity';
import type { GateWatch, RotationActivities, WatchGateInput } from '../../activities/contract.ts';
import type { ActivityDependencies } from '../../activities/dependencies.ts';
import { createObservationActivities } from '../../activities/observation.ts';
import { createProbeActivities } from '../../activities/probes.ts';
import { withHeartbeat } from '../../activities/progress.ts';
import { toFailure } from '../../activities/to-failure.ts';
import { allGates } from '../../domain/gates/all-gates.ts';
import type { GateName } from '../../domain/gates/gate.ts';
import { reportOn } from '../../domain/gates/gate.ts';
import type { Inventory } from '../../domain/inventory.ts';
import type { RotationSight } from '../../domain/resource/rotation-status.ts';
import { summarise } from '../../domain/survey-summary.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import { systemClock } from '../../mesh/observation/clock.ts';
import type { Surveyor } from '../../mesh/observation/survey.ts';
import { inventory } from '../support/plan-builder.ts';
import { untilAborted } from '../support/until-aborted.ts';
import { createFakeMutations } from './fake-mutations.ts';
import type { MeshModel } from './mesh-model.ts';

export type ActivityName = keyof RotationActivities;

/** What a test lets happen before one call, in place of it when it throws; it may wait, too. */
export type Step = (signal: AbortSignal) => void | Promise<void>;

/** A step that ends only when the activity is cancelled, or the worker shuts down. */
export function untilCancelled(signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      // Sound: Temporal aborts this signal with a CancelledFailure.
      reject(signal.reason as Error);
    });
  });
}

/** A step for what no retry cures: a right is missing, an object is gone. */
export function needsAPerson(): never {
  const error = new Error('The Certificate is gone');
  error.name = 'CertificateMissingError';
  throw error;
}

/**
 * The activities of a rotation on a {@link MeshModel}. Observations, plan and guard are the product's
 * own; only what would be done to a cluster is done to the model.
 */
export class FakeActivities {
  readonly activities: RotationActivities;
  /** What was asked for, in order: the name and what tells one call from another. */
  readonly calls: string[] = [];
  /** What the resource would have been told, in order. */
  readonly told: RotationSight[] = [];
  tellingFails = false;
  /** Gates that do not pass as long as they stand here. */
  readonly heldGates = new Set<GateName>();
  /** A watch answers `progress` after this long at the latest. */
  reportEveryMs = 10_000;
  readonly #mesh: MeshModel;
  readonly #steps = new Map<ActivityName, Step[]>();
  readonly #observations: ReturnType<typeof createObservationActivities>;

  constructor(mesh: MeshModel) {
    this.#mesh = mesh;
    const deps: ActivityDependencies = {
      // Sound: observations and the guard reach the cluster through the surveyor alone.
      kube: {} as Kube,
      surveyor: surveyorOf(mesh),
      clock: systemClock,
    };
    this.#observations = createObservationActivities(deps);
    this.activities = this.#recorded({
      ...this.#observations,
      ...createProbeActivities(deps),
      ...createFakeMutations(deps, mesh),
      watchGate: (input) => this.#watchGate(input),
    });
  }

  /** In the place of the worker's own sink. */
  publish(sight: RotationSight): void {
    if (this.tellingFails) {
      // Once is enough: each failure is logged.
      this.tellingFails = false;
      throw new Error('nobody can be told');
    }
    this.told.push(sight);
  }

  /** Lets each step happen before one call of an activity: the first one before the next call. */
  before(name: ActivityName, ...steps: Step[]): void {
    this.#steps.set(name, [...(this.#steps.get(name) ?? []), ...steps]);
  }

  /** The calls that change the cluster, and the plan. */
  get changes(): readonly string[] {
    return this.calls.filter((call) => !call.startsWith('watchGate'));
  }

  #watchGate(input: WatchGateInput): Promise<GateWatch> {
    const reportAfterMs = Math.min(input.reportAfterMs, this.reportEveryMs);
    const endMs = Date.now() + reportAfterMs;
    return withHeartbeat(undefined, async ({ signal }) => {
      while (this.heldGates.has(input.gate)) {
        if (Date.now() >= endMs) return heldBack(this.#mesh, input);
        await systemClock.sleep(input.context.survey.timings.pollMs, signal);
      }
      return this.#observations.watchGate({ ...input, reportAfterMs });
    });
  }

  #recorded<Recorded extends object>(activities: Recorded): Recorded {
    const entries = Object.entries(activities).map(([key, activity]) => {
      // Sound: the keys of the record are the names; each activity is called with its own input.
      const name = key as ActivityName;
      const run = activity as (input: unknown) => Promise<unknown>;
      return [
        name,
        async (input: object) => {
          this.calls.push([name, ...details(input)].join(' '));
          try {
            await this.#steps.get(name)?.shift()?.(Context.current().cancellationSignal);
            return await run(input);
          } catch (error) {
            throw toFailure(error);
          }
        },
      ];
    });
    // Sound: the same names with the same inputs and results.
    return Object.fromEntries(entries) as Recorded;
  }
}

/** Tells calls of one activity apart: `watchGate signer-pinned`, `pointSigner bridge`, … */
function details(input: object): readonly string[] {
  return ['gate', 'to', 'expect', 'pass'].flatMap((key) => {
    const value: unknown = Reflect.get(input, key);
    return typeof value === 'string' ? [value] : [];
  });
}

function heldBack(mesh: MeshModel, { context, gate }: WatchGateInput): GateWatch {
  const survey = mesh.survey(context.survey);
  const laggard = { what: 'pod shop/held-1', reason: 'is held back', remedy: 'wait for the test' };
  const report = { ...reportOn(allGates[gate], survey), passed: false, laggards: [laggard] };
  return { outcome: 'progress', report, foreign: [], observed: summarise(survey) };
}

function inventoryOf({ oldKeyIsHere: previousHasKey }: MeshModel): Inventory {
  const base = inventory();
  return { ...base, anchor: { ...base.anchor, previousHasKey } };
}

function surveyorOf(mesh: MeshModel): Surveyor {
  return {
    survey: async (request) => mesh.survey(request),
    awaitNews: ({ timings }, _about, { signal }) => systemClock.sleep(timings.pollMs, signal),
    keepUp: (_request, signal) => untilAborted(signal),
    inventory: async () => inventoryOf(mesh),
    discover: async () => mesh.candidates(),
    keepProofProbe: async () => ({ notAfter: '2027-01-01T00:00:00.000Z' }),
    removeProbes: async () => undefined,
  };
}
