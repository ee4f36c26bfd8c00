import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ParentClosePolicy,
  setCurrentDetails,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { PlanRotationResult } from '../activities/contract.ts';
import type { ExpiryActivities } from '../activities/expiry.ts';
import type { ExpiryCheck, ExpiryOutcome, ExpiryReport } from '../domain/expiry/expiry-check.ts';
import { expiryRequester, expiryTrigger } from '../domain/expiry/expiry-check.ts';
import { renderExpiry } from '../domain/expiry/render-expiry.ts';
import type { Runway } from '../domain/expiry/runway.ts';
import { judgeRunway } from '../domain/expiry/runway.ts';
import type { Pace } from '../domain/phases.ts';
import { paces } from '../domain/phases.ts';
import type { RotationRequest } from '../domain/rotation-request.ts';
import { startOptionsOf } from '../domain/rotation-start.ts';
import { observe } from './activity-profiles.ts';
import { isoNow } from './clock.ts';
import type { rotateTrustAnchor } from './rotate-trust-anchor.ts';
import { rotationCluster } from './search-attributes.ts';
import { publishExpiry } from './status-publication.ts';

/**
 * Looks at the time that the trust anchor has left, and reports or starts a rotation as the policy
 * says. Changes nothing itself. A calm rotation that cannot finish in time is not started.
 */
export async function checkTrustExpiry(check: ExpiryCheck): Promise<ExpiryReport> {
  const wanted = await planAt(check, check.rotation.pace);
  const question = { nowMs: Date.now(), startBeforeMs: check.startBeforeMs, wanted: wanted.plan };
  let runway = judgeRunway({ ...question, others: [] });
  if (runway.kind === 'short') {
    const others: PlanRotationResult[] = [];
    for (const pace of paces) others.push(await planAt(check, pace));
    runway = judgeRunway({ ...question, others: others.map(({ plan }) => plan) });
  }
  const report = await actOn(runway, check, wanted);
  setCurrentDetails(renderExpiry(report));
  publishExpiry({
    report,
    anchor: wanted.anchors.a.certificate.fingerprint,
    runId: workflowInfo().runId,
    at: isoNow(),
  });
  return report;
}

function planAt({ rotation }: ExpiryCheck, pace: Pace): Promise<PlanRotationResult> {
  // Nobody has agreed to a plan, and whatever anchor is in use is the one that is meant.
  const request: RotationRequest = { ...rotation, pace, replaces: '', planHash: '' };
  return observe(`survey the mesh and plan at pace ${pace}`).planRotation({ request });
}

async function actOn(
  runway: Runway,
  { rotation, policy }: ExpiryCheck,
  { anchors }: PlanRotationResult,
): Promise<ExpiryReport> {
  if (runway.kind === 'ample') return { runway, outcome: 'nothing' };
  const { cluster } = rotation;
  const isUnderWay = await observe<ExpiryActivities>(
    'ask whether a rotation runs',
  ).isRotationRunning({ cluster });
  // It tells itself how it goes; nobody has to start another.
  if (isUnderWay) return { runway: withoutNextStep(runway), outcome: 'already-running' };
  if (runway.kind !== 'due' || policy === 'report') return { runway, outcome: 'reported' };
  return { runway, outcome: await start(rotation, anchors.a.certificate.fingerprint) };
}

function withoutNextStep({ kind, daysLeft, startBy, message }: Runway): Runway {
  return { kind, daysLeft, startBy, message };
}

async function start(rotation: RotationRequest, replaces: string): Promise<ExpiryOutcome> {
  const request: RotationRequest = {
    ...rotation,
    trigger: expiryTrigger(replaces),
    requestedBy: expiryRequester,
    replaces,
  };
  try {
    const { workflowId, taskQueue, workflowIdReusePolicy, memo, staticSummary } =
      startOptionsOf(request);
    await startChild<typeof rotateTrustAnchor>('rotateTrustAnchor', {
      args: [request],
      // A child has no policy for a workflow that runs: its start fails.
      ...{ workflowId, taskQueue, workflowIdReusePolicy, memo, staticSummary },
      typedSearchAttributes: [{ key: rotationCluster, value: rotation.cluster }],
      // A rotation outlives the check that has found it due.
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    return 'started';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'already-running';
    throw error;
  }
}
