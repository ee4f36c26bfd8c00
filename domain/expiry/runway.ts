import { intermediateName, renewIntermediate } from '../intermediate.ts';
import type { Plan } from '../plan.ts';

/** As much of a plan as decides whether a rotation still fits before the end of the anchor. */
export type PlannedPace = Pick<
  Plan,
  'pace' | 'expectedDurationMs' | 'hardDeadline' | 'blockers' | 'anchors'
>;

export interface RunwayQuestion {
  /** The plan that the owner wants. */
  readonly wanted: PlannedPace;
  /** Plans for the other paces, the calmest first. Only looked at where the wanted one is too slow. */
  readonly others: readonly PlannedPace[];
  readonly nowMs: number;
  /** An anchor with less than this left is to be replaced. */
  readonly startBeforeMs: number;
}

/**
 * - `ample`: there is nothing to do yet
 * - `due`: a rotation is to start, and fits
 * - `blocked`: it is to start, but would not
 * - `short`: at the wanted pace it does not fit any more
 */
export type RunwayKind = 'ample' | 'due' | 'blocked' | 'short';

/** How much time is left for a rotation, and what is to be done about it. */
export interface Runway {
  readonly kind: RunwayKind;
  /** Until the end of the anchor in use, or of the intermediate CA that signs for it; rounded down. */
  readonly daysLeft: number;
  /** When a rotation at the wanted pace must have begun; ISO 8601 in UTC. */
  readonly startBy: string;
  /** A sentence for people. */
  readonly message: string;
  /** What a person does about it; absent where nothing is to be done. */
  readonly nextStep?: string;
}

const dayMs = 86_400_000;

/**
 * A plan's duration is an expectation: laggards, approvals at night and a second attempt are not in
 * it. This many times that long is kept free before the hard deadline.
 */
const durationMargin = 2;

/** Judges the time that is left before the anchor ends, or what signs for it. */
export function judgeRunway(question: RunwayQuestion): Runway {
  const { wanted, nowMs, startBeforeMs } = question;
  const end = endOf(wanted);
  const leftMs = Date.parse(end.notAfter) - nowMs;
  const startByMs = latestStartMs(wanted);
  const seen = {
    daysLeft: Math.floor(leftMs / dayMs),
    startBy: new Date(startByMs).toISOString(),
  };
  if (nowMs > startByMs) return { ...seen, ...tooLate(question, end) };
  // Waiting for the owner's date would be waiting until it does not fit any more.
  const isDue = leftMs <= startBeforeMs || nowMs >= startByMs - dayMs;
  const ends = `${end.what} ends at ${end.notAfter}`;
  if (!isDue) return { ...seen, kind: 'ample', message: ends };
  const [blocker] = wanted.blockers;
  if (blocker !== undefined) {
    const { what, reason, remedy } = blocker;
    const message = `${ends} and is to be replaced, but ${what} ${reason}`;
    return { ...seen, kind: 'blocked', message, nextStep: remedy };
  }
  if (end.isIntermediate) {
    const message = `${ends}, and nothing in the cluster can replace it`;
    return { ...seen, kind: 'blocked', message, nextStep: renewIntermediate };
  }
  const message = `${ends}; a rotation at pace ${wanted.pace} fits until ${seen.startBy}`;
  return { ...seen, kind: 'due', message, nextStep: 'start a rotation' };
}

interface TrustEnd {
  readonly what: string;
  /** ISO 8601 in UTC. */
  readonly notAfter: string;
  readonly isIntermediate: boolean;
}

/** What ends first: after it, no identity issuer and no leaf under the anchor can be made. */
function endOf({ anchors: { a } }: PlannedPace): TrustEnd {
  const { notAfter, intermediateNotAfter } = a;
  if (
    intermediateNotAfter === undefined ||
    Date.parse(intermediateNotAfter) >= Date.parse(notAfter)
  ) {
    return { what: 'the trust anchor', notAfter, isIntermediate: false };
  }
  return { what: intermediateName, notAfter: intermediateNotAfter, isIntermediate: true };
}

/** A calm rotation that cannot finish is worse than none: it would stop half way. */
function tooLate(
  { wanted, others, nowMs }: RunwayQuestion,
  end: TrustEnd,
): Pick<Runway, 'kind' | 'message' | 'nextStep'> {
  const message = `a rotation at pace ${wanted.pace} would not end safely before ${end.what} does, at ${end.notAfter}`;
  if (end.isIntermediate) return { kind: 'short', message, nextStep: renewIntermediate };
  const fitting = others.find(
    (plan) => plan.pace !== wanted.pace && nowMs <= latestStartMs(plan) && isFree(plan),
  );
  const nextStep =
    fitting === undefined
      ? "no pace fits any more: follow the runbook's emergency procedure"
      : `rotate at pace ${fitting.pace}, which fits until ${new Date(latestStartMs(fitting)).toISOString()}`;
  return { kind: 'short', message, nextStep };
}

function latestStartMs({ hardDeadline, expectedDurationMs }: PlannedPace): number {
  return Date.parse(hardDeadline) - durationMargin * expectedDurationMs;
}

function isFree({ blockers }: PlannedPace): boolean {
  return blockers.length === 0;
}
