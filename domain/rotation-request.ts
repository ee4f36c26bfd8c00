import type { MeshObjects } from './objects.ts';
import type { ApprovalName, Method, Pace } from './phases.ts';
import type { Sources } from './sources.ts';

/** What a person asks for: the argument of the workflow `rotateTrustAnchor`. */
export interface RotationRequest {
  /** UID of namespace kube-system: names the cluster whatever its kubeconfig calls it. */
  readonly cluster: string;
  /** What people call the cluster: the context of the kubeconfig, or the worker's own name for it. */
  readonly clusterName: string;
  /** Fingerprint of the anchor that is to be replaced; a later request for it is answered "already rotated". */
  readonly replaces: string;
  /** Hash of the plan that the person has seen: another plan is not run. Empty where nobody has seen one. */
  readonly planHash: string;
  readonly requestedBy: string;
  /**
   * What of the resource started it: a value of `spec.trigger`, or one that the product gives itself for
   * an anchor that was renewed or ends soon. Absent where a person started it with a command.
   */
  readonly trigger?: string;
  readonly method: Method | 'auto';
  readonly pace: Pace;
  readonly approvals: Readonly<Record<ApprovalName, ApprovalMode>>;
  readonly restarts: RestartLimits;
  readonly timings: Timings;
  readonly objects: MeshObjects;
  /** Left out: cert-manager makes everything. */
  readonly sources?: Sources;
  /** Laggards and outsiders excepted before the start, by the name that reports give them. */
  readonly exceptions: readonly Exception[];
  /** Events of one run after which the rotation goes on in a new one; left out: as it suits people. */
  readonly maxHistoryEvents?: number;
}

/** `automatic`: given by the rotation itself as soon as the gates before it are green. */
export type ApprovalMode = 'required' | 'automatic';

export interface Exception {
  /** As a report names it: `pod shop/legacy-0`, `Deployment shop/legacy`, `Link multicluster/west`. */
  readonly name: string;
  readonly by: string;
  readonly reason: string;
}

export interface RestartLimits {
  /** Workloads restarted together. */
  readonly waveSize: number;
}

/** All durations in milliseconds. */
export interface Timings {
  /** Between two surveys while a gate is watched. */
  readonly pollMs: number;
  /** After this a mounted ConfigMap counts as refreshed everywhere. Kubelet: order of a minute. */
  readonly settleMs: number;
  /** Fresh certificates age this long before they are used: node clocks may run behind. */
  readonly certificateAgeMs: number;
  /** For cert-manager to issue one certificate, and for trust-manager to write the bundle. */
  readonly issuanceTimeoutMs: number;
  /** For one wave of restarts to come up. */
  readonly rolloutTimeoutMs: number;
  /** For an identity replica to take up a new issuer before it is restarted. */
  readonly issuerReloadTimeoutMs: number;
  /** How long a gate may take, beyond what it inherently needs, before it is reported as blocked. */
  readonly gatePatienceMs: number;
  /** One handshake with a proxy. */
  readonly probeTimeoutMs: number;
  /** Kept free before the hard deadline. */
  readonly deadlineMarginMs: number;
  /** Pace natural: how long ordinary deploys may carry the new bundle before stragglers are restarted. */
  readonly naturalChurnMs: number;
}

/**
 * Timings that are never zero: a loop would have no pause, or a step no time in which it could be done.
 * The others may be: without patience a gate is told of at once.
 */
export const timingsAboveZero = [
  'pollMs',
  'issuanceTimeoutMs',
  'rolloutTimeoutMs',
  'probeTimeoutMs',
] as const satisfies readonly (keyof Timings)[];

/** What is wrong with a timing, as a sentence without its name; `undefined`: nothing. */
export function timingProblem(name: string, ms: number): string | undefined {
  return ms < 1 && timingsAboveZero.some((one) => one === name)
    ? 'must be at least 1ms: a rotation would ask without a pause, or give up before it has begun'
    : undefined;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** For a production mesh with Linkerd's default lifetimes (leaves of 24 h). */
export const defaultTimings: Timings = {
  pollMs: 5 * secondMs,
  settleMs: 120 * secondMs,
  certificateAgeMs: 60 * secondMs,
  issuanceTimeoutMs: 2 * minuteMs,
  rolloutTimeoutMs: 15 * minuteMs,
  issuerReloadTimeoutMs: 2 * minuteMs,
  gatePatienceMs: 10 * minuteMs,
  probeTimeoutMs: 5 * secondMs,
  deadlineMarginMs: hourMs,
  naturalChurnMs: 14 * dayMs,
};

export const defaultRestartLimits: RestartLimits = { waveSize: 10 };

export const defaultApprovals: RotationRequest['approvals'] = {
  'switch-issuer': 'required',
  'retire-anchor': 'required',
};

/** Same cluster, same workflow: no second rotation can run beside it. */
export function rotationWorkflowId(cluster: string): string {
  return `trust-rotation/${cluster}`;
}

/** The queue that only the worker of this cluster polls. */
export function rotationTaskQueue(cluster: string): string {
  return `trust-rotation-${cluster}`;
}
