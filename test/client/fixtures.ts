import type { PlanRotationResult } from '../../activities/contract.ts';
import type { GateReport } from '../../domain/gates/gate.ts';
import { documentedObjects } from '../../domain/objects.ts';
import type { AnchorLine, Plan } from '../../domain/plan.ts';
import type { RotationRequest } from '../../domain/rotation-request.ts';
import {
  defaultApprovals,
  defaultRestartLimits,
  defaultTimings,
} from '../../domain/rotation-request.ts';
import type { RotationState } from '../../domain/rotation-state.ts';
import { newRotationState } from '../../domain/rotation-state.ts';
import { emptyStatus } from '../../domain/resource/resource-status.ts';
import { statusOfRotation } from '../../domain/resource/rotation-status.ts';
import { summarise } from '../../domain/survey-summary.ts';
import type { RotationStatus } from '../../workflows/messages.ts';
import { anchorA, anchorB, survey } from '../support/survey-builder.ts';

/** One rotation in the middle of its way, for tests of what people get to see of it. */

export const nowMs = Date.parse('2026-06-01T12:00:00.000Z');

/** ISO time `seconds` before {@link nowMs}. */
export function ago(seconds: number): string {
  return new Date(nowMs - seconds * 1_000).toISOString();
}

export const anchors = {
  a: { certificate: anchorA, pem: 'A' },
  b: { certificate: anchorB, pem: 'B' },
};

function lineOf({ fingerprint, subject, notAfter }: AnchorLine): AnchorLine {
  return { fingerprint, subject, notAfter };
}

export function planOf(more: Partial<Plan> = {}): Plan {
  return {
    rotationId: 'aaaaaaaa-bbbbbbbb',
    anchors: { a: lineOf(anchorA), b: lineOf(anchorB) },
    position: { kind: 'in-phase', phase: 'PinningSigner', because: 'the signer is not pinned' },
    method: 'overlap',
    methodBecause: 'asked for',
    pace: 'steady',
    phases: ['Preflight', 'PinningSigner', 'RenewingIdentityIssuer'],
    proxies: 60,
    workloads: 20,
    passes: 2,
    wavesPerPass: 2,
    restarts: 40,
    expectedDurationMs: 7_200_000,
    hardDeadline: '2026-12-01T00:00:00.000Z',
    blockers: [],
    risks: [],
    ...more,
  };
}

export function planResult(more: Partial<Plan> = {}): PlanRotationResult {
  return {
    plan: planOf(more),
    planHash: '0123456789ab',
    anchors,
    observed: summarise(survey()),
    leafLifetimeMs: 60_000,
    alreadyRotated: false,
  };
}

export const request: RotationRequest = {
  cluster: 'uid-of-kube-system',
  clusterName: 'prod',
  replaces: anchorA.fingerprint,
  planHash: '0123456789ab',
  requestedBy: 'ada',
  method: 'auto',
  pace: 'steady',
  approvals: defaultApprovals,
  restarts: defaultRestartLimits,
  timings: defaultTimings,
  objects: documentedObjects,
  exceptions: [],
};

export function gateReport(converged: number, total: number): GateReport {
  const lagging = total - converged;
  const named = Math.min(lagging, 50);
  return {
    gate: 'leaves-under-new-anchor',
    title: 'every live leaf verifies under the new anchor',
    passed: lagging === 0,
    converged,
    total,
    laggards: Array.from({ length: named }, (_, index) => ({
      what: `pod shop/web-${String(index)}`,
      reason: 'presents a leaf under the old anchor alone',
      remedy: 'it refreshes by itself within 70 % of its lifetime',
    })),
    unnamed: lagging - named,
    at: ago(3),
  };
}

export function statusOf(more: Partial<RotationState> = {}): RotationStatus {
  const state: RotationState = {
    ...newRotationState([]),
    rotationId: 'aaaaaaaa-bbbbbbbb',
    phase: 'ReplacingLeaves',
    method: 'bridge',
    phases: [
      { phase: 'Preflight', state: 'done', startedAt: ago(600), endedAt: ago(596) },
      { phase: 'PinningSigner', state: 'done', startedAt: ago(596), endedAt: ago(500) },
      { phase: 'ReplacingLeaves', state: 'running', startedAt: ago(400) },
      { phase: 'RetiringTrustAnchor', state: 'pending' },
    ],
    observed: { ...summarise(survey()), takenAt: ago(3) },
    restarts: { waves: 2, workloads: 12 },
    hardDeadline: '2026-06-10T12:00:00.000Z',
    notes: [{ at: ago(300), text: 'paused by ada' }],
    ...more,
  };
  return { state, request, planHash: '0123456789ab' };
}

/** The TrustAnchorRotation as the API server has it once a rotation in this state has told it. */
export function resourceTelling(more: Partial<RotationState> = {}): object {
  const run = { workflowId: 'trust-rotation/x', runId: 'run-1', startedAt: ago(3_600), at: ago(3) };
  const { state } = statusOf(more);
  const around = { generation: 1, warnBeforeExpiryMs: 0, nowMs };
  const status = statusOfRotation(emptyStatus, { ...run, state, request }, around);
  return { metadata: { uid: 'u', resourceVersion: '1' }, status };
}
