import type { MeshObjects } from '../objects.ts';
import type { Method } from '../phases.ts';
import { paceIsPossible } from '../phases.ts';
import type { RotationRequest } from '../rotation-request.ts';
import { defaultSources } from '../sources.ts';
import type { Verdict } from './conditions.ts';
import type { FailedStep } from './failed-step.ts';
import { failureReason, failureText } from './failed-step.ts';
import type { RotationSpec } from './rotation-resource.ts';
import type { TriggerRecord } from './trigger-decision.ts';

/** What may change while a rotation runs. */
export type Revision = Partial<Pick<RotationRequest, 'pace' | 'approvals' | 'restarts'>>;

export interface SpecComparison {
  /** What takes effect now; empty when the rotation runs as the spec says. */
  readonly revision: Revision;
  /** Names of the fields whose change has to wait for the next rotation. */
  readonly refused: readonly string[];
}

/** A spec against the request that its rotation was started with, or was revised to. */
export function compareSpec(
  spec: RotationSpec,
  request: RotationRequest,
  method: Method | undefined,
): SpecComparison {
  const { pace, approvals, restarts } = spec;
  const paceChanged = pace !== request.pace;
  const mayChangePace = paceIsPossible(method ?? 'bridge', pace);
  return {
    revision: {
      ...(paceChanged && mayChangePace ? { pace } : {}),
      ...(isSame(approvals, request.approvals) ? {} : { approvals }),
      ...(isSame(restarts, request.restarts) ? {} : { restarts }),
    },
    refused: [
      ...(paceChanged && !mayChangePace ? ['pace'] : []),
      ...(spec.method === request.method ? [] : ['method']),
      ...(isSame(spec.timings, request.timings) ? [] : ['timings']),
      ...changedObjects(spec.objects, request.objects),
      ...changedSources(spec, request),
      ...(isSame(spec.exceptions.map(named), request.exceptions.map(named)) ? [] : ['exceptions']),
    ],
  };
}

/** Names and the owner of the bundle are one record in a rotation, and two fields of the spec. */
function changedObjects(wanted: MeshObjects, running: MeshObjects): readonly string[] {
  const { bundleOwnership, ...names } = wanted;
  const { bundleOwnership: runningOwnership, ...runningNames } = running;
  return [
    ...(isSame(names, runningNames) ? [] : ['objects']),
    ...(bundleOwnership === runningOwnership ? [] : ['bundle']),
  ];
}

/** Fields of the spec, each with a source of its own. */
function changedSources(
  spec: RotationSpec,
  { sources = defaultSources }: RotationRequest,
): readonly string[] {
  return (['anchor', 'bridge'] as const).filter((name) => spec.sources[name] !== sources[name]);
}

export function isEmpty(revision: Revision): boolean {
  return Object.keys(revision).length === 0;
}

/** What of a revision is not in the request yet: several may ask for the same. */
export function newIn(revision: Revision, request: RotationRequest): Revision {
  const { pace, approvals, restarts } = revision;
  return {
    ...(pace === undefined || pace === request.pace ? {} : { pace }),
    ...(approvals === undefined || isSame(approvals, request.approvals) ? {} : { approvals }),
    ...(restarts === undefined || isSame(restarts, request.restarts) ? {} : { restarts }),
  };
}

/** For people: `pace steady, waveSize 4`. */
export function describeRevision({ pace, approvals, restarts }: Revision): string {
  return [
    ...(pace === undefined ? [] : [`pace ${pace}`]),
    ...(approvals === undefined
      ? []
      : Object.entries(approvals).map(([gate, mode]) => `${gate} ${mode}`)),
    ...(restarts === undefined ? [] : [`waveSize ${String(restarts.waveSize)}`]),
  ].join(', ');
}

/** Whether the spec is what runs, or will run. */
export function specVerdict(found: {
  readonly refused: readonly string[];
  /** What the operator could not do for it. */
  readonly failed: readonly FailedStep[];
  /** What a start, or the end of the resource, waits for. */
  readonly waiting: string | undefined;
  /** What became of the value that `spec.trigger` has now. */
  readonly trigger: TriggerRecord | undefined;
}): Verdict {
  const type = 'SpecAccepted';
  const { refused, failed, waiting, trigger } = found;
  const [first] = failed;
  if (first !== undefined) {
    const message = failed.map(failureText).join(' ');
    return { type, status: 'False', reason: failureReason(first), message };
  }
  if (refused.length > 0) {
    const fields = refused.map((field) => `spec.${field}`).join(', ');
    return {
      type,
      status: 'False',
      reason: 'ChangedWhileRotating',
      message: `${fields} cannot change while a rotation runs: it goes on as it was started, and the next one takes the change up`,
    };
  }
  if (trigger?.outcome === 'Refused') {
    return { type, status: 'False', reason: 'TriggerRefused', message: trigger.message ?? '' };
  }
  if (waiting !== undefined) {
    return { type, status: 'Unknown', reason: 'Waiting', message: waiting };
  }
  return { type, status: 'True', reason: 'Accepted', message: '' };
}

function named({ name }: { readonly name: string }): string {
  return name;
}

/** Same fields with same values, in whatever order. */
function isSame(left: object, right: object): boolean {
  return canonical(left) === canonical(right);
}

function canonical(value: object): string {
  return JSON.stringify(
    Array.isArray(value) ? value : Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
