import type { GateReport } from '../gates/gate.ts';
import type { RotationRequest } from '../rotation-request.ts';
import type { Condition, RotationState } from '../rotation-state.ts';
import { isBlocked, isEnd, reportOf } from '../rotation-state.ts';
import { blockReasons } from './block-reasons.ts';
import type { Verdict } from './conditions.ts';
import { withVerdicts } from './conditions.ts';
import { anchorExpiry } from './expiry.ts';
import { pastRotation, withPastRotation } from './past-rotation.ts';
import type { ResourceStatus, StatusGate, StatusRotation } from './resource-status.ts';
import {
  countText,
  laggardsOf,
  statusCertificate,
  statusGate,
  statusLaggards,
  without,
} from './resource-status.ts';

/** A rotation as its workflow tells about it. */
export interface RotationSight {
  readonly state: RotationState;
  readonly request: RotationRequest;
  readonly workflowId: string;
  /** Of the first run. */
  readonly runId: string;
  readonly startedAt: string;
  /** The workflow's own time; ISO 8601 in UTC. */
  readonly at: string;
}

/** What a status is written for: the spec that stands there, and how links are made. */
export interface StatusSurroundings {
  readonly generation: number;
  readonly warnBeforeExpiryMs: number;
  /** Address of a workflow's page, where the base of the Web UI is known. */
  readonly webUi?: string;
  readonly nowMs: number;
  /** Since when expiry is to be checked each day, ISO 8601 in UTC; absent where that is suspended. */
  readonly checkedFrom?: string | undefined;
}

/**
 * The status while a rotation runs and at its end. What an older telling would undo is left as it is:
 * a worker that was slow must not put the clock back.
 */
export function statusOfRotation(
  before: ResourceStatus,
  sight: RotationSight,
  around: StatusSurroundings,
): ResourceStatus {
  if (isOutdated(before, sight, around)) return before;
  const { state } = sight;
  const { anchors, waiting, observed } = state;
  const current = anchors?.a.certificate;
  const watched = watchedGate(before, sight);
  return {
    ...without(before, 'gate', 'waiting'),
    phase: phaseText(state),
    progress: progressText(state, watched.gate),
    conditions: withVerdicts(before.conditions, verdicts(sight, watched.gate, around), {
      iso: sight.at,
      generation: around.generation,
    }),
    rotation: statusRotation(sight, around),
    phases: state.phases,
    fleet: observed?.fleet ?? before.fleet,
    ...watched,
    ...(current === undefined
      ? {}
      : {
          anchors: {
            current: statusCertificate(current),
            ...(anchors?.b === undefined ? {} : { next: statusCertificate(anchors.b.certificate) }),
          },
        }),
    ...(observed === undefined
      ? {}
      : {
          issuer: {
            fingerprint: observed.objects.issuer.fingerprint,
            notAfter: observed.objects.issuer.notAfter,
          },
        }),
    ...(waiting === undefined ? {} : { waiting: waitingOf(waiting) }),
    rotations: rotationsAfter(before, sight),
  };
}

/** The live counts of a gate that is being watched; nothing where the status has moved on. */
export function withGateReport(before: ResourceStatus, report: GateReport): ResourceStatus {
  const { rotation, gate } = before;
  if (rotation === undefined || isEndText(rotation.condition)) return before;
  if (gate !== undefined && Date.parse(gate.at) >= Date.parse(report.at)) return before;
  const blocked = before.conditions.find(({ type }) => type === 'Blocked');
  return {
    ...before,
    gate: statusGate(report),
    ...laggardsOf(report),
    ...(blocked?.status === 'True' ? {} : { progress: `${report.title}: ${countText(report)}` }),
  };
}

function isOutdated(
  { rotation }: ResourceStatus,
  { runId, at }: RotationSight,
  { nowMs }: StatusSurroundings,
): boolean {
  if (rotation?.runId !== runId) return false;
  const updatedMs = Date.parse(rotation.updatedAt);
  // A time that is yet to come was not written by a workflow.
  return updatedMs <= nowMs && updatedMs > Date.parse(at);
}

function statusRotation(
  { state, request, workflowId, runId, startedAt, at }: RotationSight,
  { webUi }: StatusSurroundings,
): StatusRotation {
  return {
    id: state.rotationId,
    condition: state.condition,
    workflowId,
    runId,
    ...(webUi === undefined ? {} : { webUi }),
    requestedBy: request.requestedBy,
    ...(request.trigger === undefined ? {} : { trigger: request.trigger }),
    ...(state.method === undefined ? {} : { method: state.method }),
    pace: request.pace,
    startedAt,
    ...(state.hardDeadline === undefined ? {} : { hardDeadline: state.hardDeadline }),
    restartedWorkloads: state.restarts.workloads,
    updatedAt: at,
  };
}

function rotationsAfter(
  before: ResourceStatus,
  { state, request, runId, startedAt, at }: RotationSight,
): ResourceStatus['rotations'] {
  if (!isEnd(state.condition)) return before.rotations;
  const { requestedBy, trigger } = request;
  const run = { runId, startedAt, endedAt: at, requestedBy };
  return withPastRotation(
    before.rotations,
    pastRotation(reportOf(state, state.condition), {
      ...run,
      ...(trigger === undefined ? {} : { trigger }),
    }),
  );
}

const endPhases = {
  completed: 'Completed',
  'already-rotated': 'AlreadyRotated',
  aborted: 'Aborted',
  held: 'Held',
  'not-started': 'NotStarted',
  failed: 'Failed',
} as const;

function phaseText({ condition, phase }: RotationState): string {
  return isEnd(condition) ? endPhases[condition] : (phase ?? 'Preflight');
}

/** What a rotation has ended as, in the words of the status. */
export function endPhase(outcome: string): string {
  return isEndText(outcome) ? endPhases[outcome] : 'Idle';
}

/** What that end means for the mesh. */
export function endText(outcome: string): string {
  return isEndText(outcome) ? endTexts[outcome] : '';
}

function isEndText(text: string): text is keyof typeof endPhases {
  return text in endPhases;
}

function progressText(state: RotationState, gate: StatusGate | undefined): string {
  const { condition, waiting, phases, reason } = state;
  if (isEnd(condition)) return reason ?? endTexts[condition];
  if (waiting !== undefined) return `${prefixes[condition]}${waiting.for}`;
  const done = phases.filter((record) => record.state === 'done').length;
  const isWatched = state.watches.some((watch) => watch.gate === gate?.name);
  return gate === undefined || gate.passed || !isWatched
    ? `phase ${String(Math.min(done + 1, phases.length))} of ${String(phases.length)}`
    : `${gate.title}: ${countText(gate)}`;
}

const prefixes: Readonly<Record<Condition, string>> = {
  running: 'waits for ',
  paused: 'paused: waits for ',
  'waiting-for-approval': 'waits for ',
  blocked: 'blocked: waits for ',
  'swinging-back': 'swinging back: waits for ',
  completed: '',
  'already-rotated': '',
  aborted: '',
  held: '',
  'not-started': '',
  failed: '',
};

const endTexts: Readonly<Record<keyof typeof endPhases, string>> = {
  completed: 'the new anchor is the only one',
  'already-rotated': 'the anchor that was to be replaced is not in use any more',
  aborted: 'nothing is changed',
  held: 'stopped on its way; the next rotation goes on from here',
  'not-started': 'not started',
  failed: 'failed',
};

/**
 * The gate and what it waits for. Who watches it tells the counts sooner than the workflow learns of
 * them, so what stands there already may be newer.
 */
function watchedGate(
  before: ResourceStatus,
  { state, runId }: RotationSight,
): Pick<ResourceStatus, 'gate' | 'laggards' | 'unnamedLaggards'> {
  if (isEnd(state.condition)) return statusLaggards([]);
  const { waiting, gate } = state;
  const told = before.rotation?.runId === runId ? before.gate : undefined;
  const watched =
    told !== undefined && isLater(told, gate)
      ? { gate: told, laggards: before.laggards, unnamedLaggards: before.unnamedLaggards }
      : { ...(gate === undefined ? {} : { gate: statusGate(gate) }), ...laggardsOf(gate) };
  const { laggards = [], unnamed } = waiting ?? {};
  return laggards.length === 0 ? watched : { ...watched, ...statusLaggards(laggards, unnamed) };
}

function isLater(
  one: { readonly at: string },
  other: { readonly at: string } | undefined,
): boolean {
  return other === undefined || Date.parse(one.at) > Date.parse(other.at);
}

function waitingOf({
  for: what,
  since,
  approval,
}: NonNullable<RotationState['waiting']>): NonNullable<ResourceStatus['waiting']> {
  return { for: what, since, ...(approval === undefined ? {} : { approval }) };
}

function verdicts(
  { state, at }: RotationSight,
  gate: StatusGate | undefined,
  { warnBeforeExpiryMs }: StatusSurroundings,
): readonly Verdict[] {
  const message = progressText(state, gate);
  const inUse = state.condition === 'completed' ? state.anchors?.b : state.anchors?.a;
  return [
    ready(state, message),
    progressing(state, message),
    blocked(state),
    ...(inUse === undefined
      ? []
      : [anchorExpiry(inUse.certificate, { warnBeforeExpiryMs, nowMs: Date.parse(at) })]),
  ];
}

function ready(state: RotationState, message: string): Verdict {
  const { condition } = state;
  const isWell = !isBlocked(state) && !['held', 'failed', 'not-started'].includes(condition);
  const reason = isEnd(condition) ? endPhases[condition] : isWell ? 'Rotating' : 'RotationBlocked';
  return { type: 'Ready', status: isWell ? 'True' : 'False', reason, message };
}

function progressing(state: RotationState, message: string): Verdict {
  const { condition } = state;
  const type = 'Progressing';
  if (isEnd(condition)) return { type, status: 'False', reason: endPhases[condition], message };
  const still = isBlocked(state) ? 'Blocked' : stillReasons[condition];
  return still === undefined
    ? { type, status: 'True', reason: phaseText(state), message }
    : { type, status: 'False', reason: still, message };
}

const stillReasons: Readonly<Partial<Record<Condition, string>>> = {
  paused: 'Paused',
  'waiting-for-approval': 'WaitingForApproval',
};

function blocked(state: RotationState): Verdict {
  const type = 'Blocked';
  if (!isBlocked(state)) return { type, status: 'False', reason: 'NotBlocked', message: '' };
  const { waiting } = state;
  const [first] = waiting?.laggards ?? [];
  const because = first === undefined ? '' : `: ${first.what} ${first.reason}; ${first.remedy}`;
  return {
    type,
    status: 'True',
    reason: waiting?.cause === undefined ? 'RotationBlocked' : blockReasons[waiting.cause],
    message: `waits for ${waiting?.for ?? 'a person'}${because}`,
  };
}
