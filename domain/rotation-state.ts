import type { RotationAnchors } from './anchors.ts';
import type { NamedLaggards } from './convergence.ts';
import { nameLaggards } from './convergence.ts';
import type { RecordedObjects } from './foreign-hands.ts';
import type { GateName, GateReport } from './gates/gate.ts';
import type { BundleEpoch, IssuerEpoch } from './history.ts';
import type { ApprovalName, Method, PhaseName } from './phases.ts';
import type { Plan } from './plan.ts';
import type { Exception } from './rotation-request.ts';
import type { SurveySummary } from './survey-summary.ts';

/** Where a rotation stands. One serialisable record: what `status` answers and continue-as-new carries. */
export interface RotationState {
  readonly rotationId: string;
  readonly condition: Condition;
  /** The one that runs, or ran last; absent before the first. */
  readonly phase?: PhaseName;
  readonly method?: Method;
  readonly plan?: Plan;
  /** A person resumed with what is no longer what was planned for: a new plan comes before all else. */
  readonly isPlanStale?: boolean;
  readonly anchors?: RotationAnchors;
  readonly phases: readonly PhaseRecord[];
  /** The gate that is watched now, or was last. */
  readonly gate?: GateReport;
  /** Gates that were waited for and have not passed, each since when. */
  readonly watches: readonly { readonly gate: GateName; readonly since: string }[];
  /** Why nothing moves, when nothing does. */
  readonly waiting?: Waiting;
  readonly approvals: readonly Approval[];
  readonly exceptions: readonly Exception[];
  readonly restarts: RestartTally;
  readonly observed?: SurveySummary;
  readonly recorded?: RecordedObjects;
  readonly bundleHistory: readonly BundleEpoch[];
  readonly issuerHistory: readonly IssuerEpoch[];
  /** ISO 8601 in UTC. */
  readonly hardDeadline?: string;
  /** What happened that a person should know, oldest first; the last {@link maxNotes}. */
  readonly notes: readonly Note[];
  /** Why an abort or a failure ended it. */
  readonly reason?: string;
}

/**
 * - `running`, `paused`, `waiting-for-approval`, `blocked`, `swinging-back`: the rotation goes on
 * - `completed`, `already-rotated`, `aborted`, `held`, `not-started`, `failed`: it has ended. An abort
 *   ends it as `held` where it is safe to stay, as `aborted` where all that was changed is put back
 */
export type Condition = RunningCondition | EndCondition;
export const runningConditions = [
  'running',
  'paused',
  'waiting-for-approval',
  'blocked',
  'swinging-back',
] as const;
export type RunningCondition = (typeof runningConditions)[number];
export const endConditions = [
  'completed',
  'already-rotated',
  'aborted',
  'held',
  'not-started',
  'failed',
] as const;
export type EndCondition = (typeof endConditions)[number];

export interface PhaseRecord {
  readonly phase: PhaseName;
  readonly state: 'pending' | 'running' | 'done';
  readonly startedAt?: string;
  readonly endedAt?: string;
}

/** Names what stands in the way, when something does. */
export interface Waiting extends NamedLaggards {
  readonly for: string;
  readonly since: string;
  /** Set while an approval is asked for. */
  readonly approval?: ApprovalName;
  /** Set while it is blocked. */
  readonly cause?: BlockCause;
}

/**
 * What kind of thing blocks a rotation, for counting: another hand's change, a gate that is late, an
 * invariant that refuses the next change, a step that failed, workloads that do not come up, a plan
 * with blockers, the hard deadline, a certificate that its owner has not handed in.
 */
export const blockCauses = [
  'foreign-hands',
  'gate',
  'invariant',
  'step',
  'workloads',
  'plan',
  'deadline',
  'import',
] as const;
export type BlockCause = (typeof blockCauses)[number];

export interface Approval {
  readonly gate: ApprovalName;
  readonly by: string;
  readonly at: string;
}

export interface RestartTally {
  readonly waves: number;
  readonly workloads: number;
}

export interface Note {
  readonly at: string;
  readonly text: string;
}

export const maxNotes = 30;

export function newRotationState(exceptions: readonly Exception[]): RotationState {
  return {
    rotationId: 'new',
    condition: 'running',
    phases: [],
    watches: [],
    approvals: [],
    exceptions,
    restarts: { waves: 0, workloads: 0 },
    bundleHistory: [],
    issuerHistory: [],
    notes: [],
  };
}

/** When the phase began that runs now; ISO 8601 in UTC. */
export function phaseBegan({ phase, phases }: RotationState): string | undefined {
  return phases.find((record) => record.phase === phase)?.startedAt;
}

/** The phases of a plan, none of them begun. */
export function pendingPhases(names: readonly PhaseName[]): readonly PhaseRecord[] {
  return names.map((phase) => ({ phase, state: 'pending' }));
}

export function beginPhase(state: RotationState, phase: PhaseName, at: string): RotationState {
  return {
    ...state,
    phase,
    phases: state.phases.map((record) =>
      record.phase === phase && record.state === 'pending'
        ? { ...record, state: 'running', startedAt: at }
        : record,
    ),
  };
}

export function endPhase(state: RotationState, phase: PhaseName, at: string): RotationState {
  return {
    ...state,
    phases: state.phases.map((record) =>
      record.phase === phase ? { ...record, state: 'done', endedAt: at } : record,
    ),
  };
}

export function withNote(state: RotationState, note: Note): RotationState {
  return { ...state, notes: [...state.notes, note].slice(-maxNotes) };
}

/** What is waited for, as whoever waits tells it. */
export interface WaitingFor extends Omit<Waiting, 'since' | 'unnamed'> {
  readonly unnamed?: number | undefined;
}

/** Waiting for the same again goes on from when it began. */
export function beginWaiting(state: RotationState, waiting: WaitingFor, at: string): Waiting {
  const { laggards, unnamed, ...rest } = waiting;
  const before = state.waiting;
  const since = before?.for === waiting.for ? before.since : at;
  return { ...rest, ...nameLaggards(laggards, unnamed), since };
}

export function withoutWaiting(state: RotationState): RotationState {
  const rest: { waiting?: Waiting } & RotationState = { ...state };
  delete rest.waiting;
  return rest;
}

/** Waiting for a gate again, in a phase that is entered again, goes on from when it began. */
export function beginWatch(state: RotationState, gate: GateName, at: string): RotationState {
  if (watchedSince(state, gate) !== undefined) return state;
  return { ...state, watches: [...state.watches, { gate, since: at }] };
}

export function endWatch(state: RotationState, gate: GateName): RotationState {
  return { ...state, watches: state.watches.filter((watch) => watch.gate !== gate) };
}

export function watchedSince(state: RotationState, gate: GateName): string | undefined {
  return state.watches.find((watch) => watch.gate === gate)?.since;
}

/** Whether no wait of its own will move it on; on the way back its condition does not tell. */
export function isBlocked({ condition, waiting }: RotationState): boolean {
  if (condition === 'swinging-back') return waiting?.cause !== undefined;
  return condition === 'blocked';
}

export function isEnd(condition: Condition): condition is EndCondition {
  return endConditions.some((end) => end === condition);
}

/** The result of the workflow: the evidence that a rotation leaves behind. */
export interface RotationReport {
  readonly rotationId: string;
  readonly outcome: EndCondition;
  readonly reason?: string;
  readonly method?: Method;
  readonly anchors?: RotationAnchors;
  readonly phases: readonly PhaseRecord[];
  readonly restarts: RestartTally;
  readonly approvals: readonly Approval[];
  readonly exceptions: readonly Exception[];
  readonly observed?: SurveySummary;
  readonly notes: readonly Note[];
}

export function reportOf(state: RotationState, outcome: EndCondition): RotationReport {
  const { rotationId, reason, method, anchors, phases, restarts, approvals, exceptions } = state;
  return {
    rotationId,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(method === undefined ? {} : { method }),
    ...(anchors === undefined ? {} : { anchors }),
    phases,
    restarts,
    approvals,
    exceptions,
    ...(state.observed === undefined ? {} : { observed: state.observed }),
    notes: state.notes,
  };
}
