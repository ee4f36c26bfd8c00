import type { ExpiryCheck, ExpiryPolicy } from '../expiry/expiry-check.ts';
import { expiryRequester } from '../expiry/expiry-check.ts';
import type { MeshObjects } from '../objects.ts';
import type { ApprovalName, Method, Pace } from '../phases.ts';
import type { Sources } from '../sources.ts';
import type { ApprovalMode, Exception, RotationRequest, Timings } from '../rotation-request.ts';

/** The one object of its kind that a cluster has. */
export const resourceName = 'cluster';

/** What the owner of a cluster wants, as `spec` of the TrustAnchorRotation says it. Durations in milliseconds. */
export interface RotationSpec {
  /** Each value starts one rotation, once in the life of the object. */
  readonly trigger?: string;
  readonly method: Method | 'auto';
  readonly pace: Pace;
  readonly approvals: Readonly<Record<ApprovalName, ApprovalMode>>;
  readonly restarts: { readonly waveSize: number };
  readonly timings: Timings;
  readonly objects: MeshObjects;
  readonly sources: Sources;
  readonly exceptions: readonly Pick<Exception, 'name' | 'reason'>[];
  /** Nothing is begun, and what runs is paused. */
  readonly suspend: boolean;
  /** What is done about an anchor that somebody else has renewed: a rotation that adopts it, or a word. */
  readonly onAnchorRenewed: 'rotate' | 'report';
  /** What is done about an anchor that ends soon. */
  readonly onAnchorExpiring: ExpiryPolicy;
  /** An anchor that ends within this time is told of as expiring. */
  readonly warnBeforeExpiryMs: number;
  /** How often the trust objects are looked at while no rotation runs. */
  readonly surveyEveryMs: number;
}

/** Why a rotation is started that no person has typed the command for. */
export interface Cause {
  /** The value that `RotationRequest.trigger` bears. */
  readonly trigger?: string;
  /** Whom the rotation names as the one who asked. */
  readonly requestedBy: string;
  /** Fingerprint of the anchor in use when it was asked for: asked twice, the second finds it replaced. */
  readonly replaces: string;
}

/** The request that the resource stands for. Nobody has seen a plan, so none is insisted on. */
export function requestOf(
  spec: RotationSpec,
  cluster: { readonly id: string; readonly name: string },
  cause: Cause,
): RotationRequest {
  const { method, pace, approvals, restarts, timings, objects, sources } = spec;
  const { trigger, requestedBy, replaces } = cause;
  return {
    cluster: cluster.id,
    clusterName: cluster.name,
    ...(trigger === undefined ? {} : { trigger }),
    requestedBy,
    replaces,
    planHash: '',
    method,
    pace,
    approvals,
    restarts,
    timings,
    objects,
    sources,
    exceptions: spec.exceptions.map((exception) => ({ ...exception, by: requestedBy })),
  };
}

/** What the daily check is to do, as the resource says it; the check knows the anchor that its rotation replaces. */
export function expiryCheckOf(
  spec: RotationSpec,
  cluster: { readonly id: string; readonly name: string },
): ExpiryCheck {
  const rotation = requestOf(spec, cluster, { requestedBy: expiryRequester, replaces: '' });
  return { rotation, policy: spec.onAnchorExpiring, startBeforeMs: spec.warnBeforeExpiryMs };
}
