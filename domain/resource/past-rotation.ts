import type { Method } from '../phases.ts';
import type { PhaseRecord, RotationReport } from '../rotation-state.ts';
import { isEarlierAttempt } from './renewed-trigger.ts';

/** A rotation that has ended, as the status remembers it. */
export interface PastRotation {
  readonly id: string;
  /** Of its first run; two entries never share one. */
  readonly runId: string;
  readonly outcome: string;
  readonly reason?: string;
  readonly method?: Method;
  readonly requestedBy: string;
  readonly trigger?: string;
  /** Fingerprint of the anchor that it brought in, or would have. */
  readonly newAnchor?: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly durationSeconds: number;
  readonly phases: readonly PhaseDuration[];
}

export interface PhaseDuration {
  readonly phase: string;
  readonly seconds: number;
}

const maxPastRotations = 10;

/** Newest first; an entry of the same run is replaced, and one that was tried again in vain. */
export function withPastRotation(
  before: readonly PastRotation[],
  rotation: PastRotation,
): readonly PastRotation[] {
  return [rotation, ...before.filter((past) => !isReplaced(past, rotation))]
    .toSorted((left, right) => Date.parse(right.startedAt) - Date.parse(left.startedAt))
    .slice(0, maxPastRotations);
}

/** Attempts that begin nothing would drive out what did. */
function isReplaced(past: PastRotation, by: PastRotation): boolean {
  if (past.runId === by.runId) return true;
  const inVain = past.outcome === 'not-started' && by.outcome === 'not-started';
  return inVain && isEarlierAttempt(past.trigger ?? '', by.trigger ?? '');
}

/** What is known of the run beside its report. */
export interface RunFacts {
  readonly runId: string;
  readonly requestedBy: string;
  readonly trigger?: string;
  /** Of the latest of its runs, where nobody knows better. */
  readonly startedAt: string;
  readonly endedAt: string;
}

export function pastRotation(report: RotationReport, run: RunFacts): PastRotation {
  const { rotationId, outcome, reason, method, anchors, phases } = report;
  // A long rotation goes through several runs: its first phase began with the first.
  const startedAt = phases[0]?.startedAt ?? run.startedAt;
  return {
    ...timed({ ...run, startedAt }),
    id: rotationId,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(method === undefined ? {} : { method }),
    ...(anchors?.b === undefined ? {} : { newAnchor: anchors.b.certificate.fingerprint }),
    phases: phases.flatMap(phaseDuration),
  };
}

/** One that was ended from outside, or by a bug: there is no report. */
export function stoppedRotation(run: RunFacts, reason: string): PastRotation {
  return { ...timed(run), id: 'unknown', outcome: 'failed', reason, phases: [] };
}

function timed(run: RunFacts): RunFacts & Pick<PastRotation, 'durationSeconds'> {
  return { ...run, durationSeconds: secondsBetween(run.startedAt, run.endedAt) };
}

function phaseDuration({ phase, startedAt, endedAt }: PhaseRecord): PhaseDuration[] {
  if (startedAt === undefined || endedAt === undefined) return [];
  return [{ phase, seconds: secondsBetween(startedAt, endedAt) }];
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1_000));
}
