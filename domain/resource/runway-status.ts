import type { ExpiryOutcome, ExpiryReport } from '../expiry/expiry-check.ts';
import type { Runway, RunwayKind } from '../expiry/runway.ts';
import type { Verdict } from './conditions.ts';
import { withVerdicts } from './conditions.ts';
import { anchorExpiry } from './expiry.ts';
import type { ResourceEvent } from './resource-events.ts';
import type { ResourceStatus } from './resource-status.ts';
import type { StatusSurroundings } from './rotation-status.ts';

/** What the last check of expiry has found. */
export interface StatusRunway extends Runway {
  readonly outcome: ExpiryOutcome;
  /** Fingerprint of the anchor that was in use: of another one nothing is known yet. */
  readonly anchor: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

/** A check of expiry as its workflow tells of it. */
export interface ExpirySight {
  readonly report: ExpiryReport;
  /** Fingerprint of the anchor in use. */
  readonly anchor: string;
  readonly runId: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

/** The status with what a check has found. A rotation that runs tells itself how the anchor stands. */
export function statusAfterCheck(
  before: ResourceStatus,
  { report: { runway, outcome }, anchor, at }: ExpirySight,
  around: StatusSurroundings,
): ResourceStatus {
  const status = { ...before, runway: { ...runway, outcome, anchor, at } };
  const isLeftToPeople = outcome === 'reported' || outcome === 'nothing';
  const { current } = before.anchors ?? {};
  if (!isLeftToPeople || current === undefined) return status;
  const { generation } = around;
  const verdict = expiryVerdict(current, status.runway, around);
  return {
    ...status,
    conditions: withVerdicts(before.conditions, [verdict], { iso: at, generation }),
  };
}

const reasons: Readonly<Record<Exclude<RunwayKind, 'ample'>, string>> = {
  due: 'RotationDue',
  blocked: 'RunwayBlocked',
  short: 'RunwayShort',
};

/** A daily check that has been missed twice: it fails, hangs, or nobody runs it. */
const overdueMs = 50 * 3_600_000;

/**
 * Whether the anchor in use ends soon: by the owner's own measure, and by what a rotation takes. The latter
 * is unknown where checks have stopped coming.
 */
export function expiryVerdict(
  certificate: { readonly fingerprint: string; readonly notAfter: string },
  runway: StatusRunway | undefined,
  around: Pick<StatusSurroundings, 'warnBeforeExpiryMs' | 'nowMs' | 'checkedFrom'>,
): Verdict {
  const verdict = anchorExpiry(certificate, around);
  if (verdict.reason === 'Expired') return verdict;
  if (runway?.anchor !== certificate.fingerprint || runway.kind === 'ample') {
    return verdict.status === 'True' ? verdict : (overdue(runway, around) ?? verdict);
  }
  const message = `the check of ${runway.at} has found: ${runwayText(runway, runway.outcome)}`;
  return { ...verdict, status: 'True', reason: reasons[runway.kind], message };
}

function overdue(
  runway: StatusRunway | undefined,
  { nowMs, checkedFrom }: Pick<StatusSurroundings, 'nowMs' | 'checkedFrom'>,
): Verdict | undefined {
  if (checkedFrom === undefined) return undefined;
  const sinceMs = Math.max(Date.parse(checkedFrom), Date.parse(runway?.at ?? checkedFrom));
  if (nowMs - sinceMs <= overdueMs) return undefined;
  const last = runway === undefined ? 'there has been none' : `the last one was at ${runway.at}`;
  return {
    type: 'AnchorExpiringSoon',
    status: 'Unknown',
    reason: 'CheckOverdue',
    message: `the daily check of expiry does not come to its end: ${last}; its Schedule in Temporal, trust-expiry/<cluster>, shows the runs and why`,
  };
}

/** What a person using kubectl is told of a check that has found something; nothing while there is time. */
export function expiryEvents({
  report: { runway, outcome },
  runId,
  at,
}: ExpirySight): ResourceEvent[] {
  if (runway.kind === 'ample') return [];
  const isLeftToPeople = outcome === 'reported';
  return [
    {
      key: `expiry/${runId}`,
      type: isLeftToPeople ? 'Warning' : 'Normal',
      reason: reasons[runway.kind],
      message: runwayText(runway, outcome),
      at,
    },
  ];
}

function runwayText({ daysLeft, message, nextStep }: Runway, outcome: ExpiryOutcome): string {
  const found = `${String(daysLeft)} days left: ${message}`;
  switch (outcome) {
    case 'nothing':
      return found;
    case 'reported':
      return nextStep === undefined ? found : `${found}; next step: ${nextStep}`;
    case 'started':
      return `${found}; it was started`;
    case 'already-running':
      return `${found}; a rotation was under way`;
  }
}
