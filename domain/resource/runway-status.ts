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

/** Whether the anchor in use ends soon: by the owner's own measure, and by what a rotation takes. */
export function expiryVerdict(
  certificate: { readonly fingerprint: string; readonly notAfter: string },
  runway: StatusRunway | undefined,
  around: Pick<StatusSurroundings, 'warnBeforeExpiryMs' | 'nowMs'>,
): Verdict {
  const verdict = anchorExpiry(certificate, around);
  if (runway?.anchor !== certificate.fingerprint || runway.kind === 'ample') return verdict;
  if (verdict.reason === 'Expired') return verdict;
  const message = `the check of ${runway.at} has found: ${runwayText(runway, runway.outcome)}`;
  return { ...verdict, status: 'True', reason: reasons[runway.kind], message };
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
