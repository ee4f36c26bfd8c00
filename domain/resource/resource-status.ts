import type { CertificateFacts } from '../certificate.ts';
import type { Laggard } from '../convergence.ts';
import { nameLaggards } from '../convergence.ts';
import type { GateReport } from '../gates/gate.ts';
import type { Method } from '../phases.ts';
import type { PhaseRecord } from '../rotation-state.ts';
import type { FleetCount } from '../survey-summary.ts';
import type { PastRotation } from './past-rotation.ts';
import type { ResourceCondition } from './conditions.ts';
import type { IssuerMark, NotedApproval } from './issuer-renewal.ts';
import type { StatusRunway } from './runway-status.ts';
import type { TriggerRecord } from './trigger-decision.ts';

/**
 * `status` of the TrustAnchorRotation. One writer at a time computes all of it from what it finds
 * there, so what was edited by hand is put right with the next write.
 */
export interface ResourceStatus {
  readonly observedGeneration?: number;
  /** A phase of the runbook while a rotation runs, how the last one ended, or `Idle`. */
  readonly phase: string;
  /** One line: how far it is, and what it waits for. */
  readonly progress: string;
  readonly conditions: readonly ResourceCondition[];
  readonly anchors?: { readonly current: StatusCertificate; readonly next?: StatusCertificate };
  readonly issuer?: StatusIssuer;
  /** The rotation that runs, or the last one. */
  readonly rotation?: StatusRotation;
  readonly gate?: StatusGate;
  readonly waiting?: { readonly for: string; readonly since: string; readonly approval?: string };
  /** The first fifty things that a gate, or the rotation, waits for. */
  readonly laggards: readonly Laggard[];
  readonly unnamedLaggards: number;
  readonly phases: readonly PhaseRecord[];
  /** How many proxies hold and present what. */
  readonly fleet: readonly FleetCount[];
  readonly triggers: readonly TriggerRecord[];
  /** The last ten, newest first. */
  readonly rotations: readonly PastRotation[];
  /** What the last check of expiry has found. */
  readonly runway?: StatusRunway;
  /** When the objects were looked at last while no rotation ran. */
  readonly surveyedAt?: string;
  /** What a renewal of the identity issuer is recognised by. */
  readonly issuerMark?: IssuerMark;
  /** An approval that was given by a deed, as long as the rotation has not asked for it. */
  readonly noted?: NotedApproval;
}

export interface StatusCertificate {
  /** SHA-256 of the DER. */
  readonly fingerprint: string;
  readonly subjectKeyId: string;
  readonly notAfter: string;
}

export interface StatusIssuer {
  readonly fingerprint: string;
  readonly notAfter: string;
}

export interface StatusRotation {
  readonly id: string;
  readonly condition: string;
  readonly workflowId?: string;
  /** Of its first run: a long rotation goes through several. */
  readonly runId: string;
  readonly webUi?: string;
  readonly requestedBy: string;
  readonly trigger?: string;
  readonly method?: Method;
  readonly pace?: string;
  readonly startedAt: string;
  readonly hardDeadline?: string;
  readonly restartedWorkloads?: number;
  /** When it was in this state; ISO 8601 in UTC. */
  readonly updatedAt: string;
}

export interface StatusGate {
  readonly name: string;
  readonly title: string;
  readonly passed: boolean;
  readonly converged: number;
  readonly total: number;
  readonly at: string;
}

/** Of a resource that nobody has written a status for yet. */
export const emptyStatus: ResourceStatus = {
  phase: 'Idle',
  progress: '',
  conditions: [],
  laggards: [],
  unnamedLaggards: 0,
  phases: [],
  fleet: [],
  triggers: [],
  rotations: [],
};

export function statusCertificate(certificate: CertificateFacts): StatusCertificate {
  const { fingerprint, subjectKeyId, notAfter } = certificate;
  return { fingerprint, subjectKeyId, notAfter };
}

export function statusGate(report: GateReport): StatusGate {
  const { gate, title, passed, converged, total, at } = report;
  return { name: gate, title, passed, converged, total, at };
}

type StatusLaggards = Pick<ResourceStatus, 'laggards' | 'unnamedLaggards'>;

/** What a gate waits for, as far as a status names it. */
export function laggardsOf(report: GateReport | undefined): StatusLaggards {
  return report === undefined || report.passed
    ? statusLaggards([])
    : statusLaggards(report.laggards, report.unnamed);
}

/** The API server refuses a status with more of them, whole. */
export function statusLaggards(all: readonly Laggard[], more = 0): StatusLaggards {
  const { laggards, unnamed = 0 } = nameLaggards(all, more);
  return { laggards, unnamedLaggards: unnamed };
}

/** `12 of 46 (26 %)`. */
export function countText({ converged, total }: Pick<GateReport, 'converged' | 'total'>): string {
  const share = total === 0 ? 100 : Math.floor((100 * converged) / total);
  return `${String(converged)} of ${String(total)} (${String(share)} %)`;
}

/** Without what renewals of the identity issuer are recognised by: they may be ours from here on. */
export function withoutMarks(status: ResourceStatus): ResourceStatus {
  return without(status, 'issuerMark', 'noted');
}

/** The status without some of its optional fields. */
export function without(
  status: ResourceStatus,
  ...fields: readonly ('gate' | 'waiting' | 'rotation' | 'issuerMark' | 'noted')[]
): ResourceStatus {
  const rest: Record<string, unknown> = { ...status };
  for (const field of fields) Reflect.deleteProperty(rest, field);
  // Sound: only optional fields are taken away.
  return rest as unknown as ResourceStatus;
}
