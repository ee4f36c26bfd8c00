import type { RotationAnchors } from './anchors.ts';
import { rotationId } from './anchors.ts';
import { shortFingerprint } from './certificate.ts';
import type { Laggard } from './convergence.ts';
import { hardDeadlineMs } from './deadline.ts';
import type { Inventory } from './inventory.ts';
import type { Method, Pace, PhaseName } from './phases.ts';
import { forcedPasses, phasesOf } from './phases.ts';
import { planBlockers } from './plan-blockers.ts';
import { canOldAnchorSign, chooseMethod, oldIntermediateNotAfter } from './plan-method.ts';
import { planRisks } from './plan-risks.ts';
import type { Position } from './position.ts';
import { locate } from './position.ts';
import type { RotationRequest } from './rotation-request.ts';
import { importsBridge } from './sources.ts';
import type { Survey } from './survey.ts';

/** What a rotation is going to do, shown to a person before anything is changed. */
export interface Plan {
  readonly rotationId: string;
  readonly anchors: { readonly a: AnchorLine; readonly b?: AnchorLine };
  readonly position: Position;
  readonly method: Method;
  readonly methodBecause: string;
  readonly pace: Pace;
  /** The phases that are left, from the position on. */
  readonly phases: readonly PhaseName[];
  readonly proxies: number;
  readonly workloads: number;
  /** Sweeps over the fleet that trust forces, waves in each, workload restarts in all. */
  readonly passes: number;
  readonly wavesPerPass: number;
  readonly restarts: number;
  readonly expectedDurationMs: number;
  /** ISO 8601 in UTC. */
  readonly hardDeadline: string;
  /** Nothing in the cluster can sign under A any more: the signer cannot be pinned, and no issuer go back. */
  readonly unpinned?: true;
  /** What no wait will cure; a rotation with one does not start. */
  readonly blockers: readonly Laggard[];
  /** What a person should know before approving. */
  readonly risks: readonly string[];
}

export interface AnchorLine {
  readonly fingerprint: string;
  readonly subject: string;
  readonly notAfter: string;
  /** End of the intermediate CA that signs for it, where its own key is not in the cluster. */
  readonly intermediateNotAfter?: string;
}

export interface PlanInputs {
  readonly survey: Survey;
  readonly inventory: Inventory;
  readonly anchors: RotationAnchors;
  readonly request: PlanRequest;
}

/** The part of a request that a plan depends on. */
export type PlanRequest = Pick<
  RotationRequest,
  'method' | 'pace' | 'restarts' | 'timings' | 'exceptions' | 'sources'
>;

/** One rollout of one wave, as a first guess; milliseconds. */
const expectedWaveMs = 30_000;

/** Leaves are refreshed at 70 % of their life (linkerd2-proxy `identity-client/src/certify.rs`). */
const refreshShare = 0.7;

export function makePlan(inputs: PlanInputs): Plan {
  const { survey, inventory, anchors, request } = inputs;
  const position = locate(survey, {
    a: anchors.a.certificate.fingerprint,
    ...(anchors.b === undefined ? {} : { b: anchors.b.certificate.fingerprint }),
  });
  const choice = chooseMethod(inputs, position);
  const { method } = choice;
  const remaining = remainingPhases(inputs, method, position);
  const passes = forcedPasses(method, request.pace);
  const wavesPerPass = Math.ceil(inventory.workloads.length / request.restarts.waveSize);
  const { bridge } = survey.objects;
  const intermediateNotAfter = oldIntermediateNotAfter(inputs);
  const deadlineMs = hardDeadlineMs({
    ends: [anchors.a.certificate.notAfter, intermediateNotAfter, bridge?.notAfter],
    leafLifetimeMs: inventory.leafLifetimeMs,
    marginMs: request.timings.deadlineMarginMs,
  });
  const expectedDurationMs = expectedDuration(inputs, remaining, passes * wavesPerPass);
  return {
    rotationId: rotationId(anchors),
    anchors: {
      a: {
        ...anchorLine(anchors.a.certificate),
        ...(intermediateNotAfter === undefined ? {} : { intermediateNotAfter }),
      },
      ...(anchors.b === undefined ? {} : { b: anchorLine(anchors.b.certificate) }),
    },
    position,
    method,
    methodBecause: choice.because,
    pace: request.pace,
    phases: remaining,
    proxies: survey.proxies.length,
    workloads: inventory.workloads.length,
    passes,
    wavesPerPass,
    restarts: passes * inventory.workloads.length,
    expectedDurationMs,
    hardDeadline: isoOf(deadlineMs),
    ...(!canPin(inputs) && { unpinned: true }),
    blockers: planBlockers(inputs, position, { choice, expectedDurationMs, deadlineMs }),
    risks: planRisks(inputs, choice),
  };
}

/**
 * What a person agrees to. Counts of pods and durations change by themselves and are left out, so
 * that an approval does not go stale with the next deploy.
 */
export function planIdentity(plan: Plan): string {
  const { anchors, method, pace, phases, passes, blockers } = plan;
  return JSON.stringify({
    a: anchors.a.fingerprint,
    method,
    pace,
    phases,
    passes,
    blockers: blockers.map(({ what }) => what),
  });
}

function remainingPhases(
  inputs: PlanInputs,
  method: Method,
  position: Position,
): readonly PhaseName[] {
  if (position.kind === 'off-the-map') return [];
  const all = phasesOf(method);
  const from = all.indexOf(resumeAt(method, position.phase));
  const ahead = all.slice(Math.max(from, 1));
  return ['Preflight', ...ahead.filter((phase) => phase !== 'PinningSigner' || canPin(inputs))];
}

/**
 * A signer without a key signs nothing; before B exists the guide's set-up is left to be judged there.
 * For a bridge that is handed in, nothing is just what it shall sign meanwhile.
 */
function canPin(inputs: PlanInputs): boolean {
  const { anchors, request } = inputs;
  return anchors.b === undefined || canOldAnchorSign(inputs) || importsBridge(request);
}

/** Both anchors in the bundle is where the methods part: each goes on with its own next phase. */
export function resumeAt(method: Method, phase: PhaseName): PhaseName {
  return method === 'overlap' && phase === 'BridgingIdentityIssuer'
    ? 'PropagatingTrustRoots'
    : phase;
}

function expectedDuration(
  { inventory, request }: PlanInputs,
  remaining: readonly PhaseName[],
  waves: number,
): number {
  const leafWait = remaining.includes('ReplacingLeaves')
    ? inventory.leafLifetimeMs * refreshShare
    : 0;
  const ageing = remaining.includes('BridgingIdentityIssuer')
    ? request.timings.certificateAgeMs
    : 0;
  const churn =
    request.pace === 'natural' && remaining.includes('RetiringTrustAnchor')
      ? request.timings.naturalChurnMs
      : 0;
  const leaves = request.pace === 'urgent' ? 0 : leafWait;
  return Math.round(waves * expectedWaveMs + leaves + ageing + churn);
}

function anchorLine(certificate: {
  readonly fingerprint: string;
  readonly subject: string;
  readonly notAfter: string;
}): AnchorLine {
  const { fingerprint, subject, notAfter } = certificate;
  return { fingerprint, subject, notAfter };
}

/** Unix milliseconds as ISO 8601 in UTC, without asking for the time. */
function isoOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** `1f2e3d4c` for texts. */
export function anchorLabel(line: AnchorLine): string {
  return shortFingerprint(line.fingerprint);
}
