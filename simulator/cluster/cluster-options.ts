import type { CertificateRequest } from './cert-manager-objects.ts';

/** What a user is about to do, as RBAC sees it. */
export interface AccessRequest {
  user: string;
  /** get, list, watch, create, update, patch or delete. */
  verb: string;
  group: string;
  /** The plural name. */
  resource: string;
  subresource: string;
  namespace: string;
  /** For a list or watch, the name that its field selector asks for; empty where there is none. */
  name: string;
}

/**
 * Whether a user may do this.
 *
 * @param isQuestion it is only asked (a SelfSubjectAccessReview); nothing will be done.
 */
export type Authorize = (request: AccessRequest, isQuestion: boolean) => boolean;

/** A request as a fault rule sees it. */
export interface FaultRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  user: string;
}

/** An answer given instead of the real one. */
export interface Fault {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

export type Approval = 'approve' | 'deny' | 'wait';

export interface CertManagerOptions {
  /** Starts without reconciling; see {@link Pausable}. */
  paused?: boolean;
  /** Whether the Certificate CRD has `spec.renewal` (cert-manager 1.21 and later). Default true. */
  renewalField?: boolean;
  /** The approver's policy; default approves everything. 'wait' is asked again whenever the request changes. */
  approve?: (request: CertificateRequest) => Approval;
  /** Backoff after the first failed issuance; doubles with each. Default one hour. */
  minimumBackoffMs?: number;
}

export interface TrustManagerOptions {
  /** Starts without reconciling; see {@link Pausable}. */
  paused?: boolean;
}

export interface ClusterOptions {
  /** Port of the API on the loopback; 0 (default) takes a free one. */
  port?: number;
  /** An address in 127.0.0.0/8; default 127.0.0.1. */
  host?: string;
  /** Nodes to create at the start; none by default, since a node agent registers its own. */
  nodes?: string[];
  certManager?: CertManagerOptions;
  trustManager?: TrustManagerOptions;
  /** How long the workload controllers and the scheduler gather events before they react. Default 10. */
  rolloutTickMs?: number;
  /** Decides each request; default allows everything. */
  authorize?: Authorize;
  /** Asked before each request; 'hang' never answers it. */
  faults?: (request: FaultRequest) => Fault | 'hang' | undefined;
}

/** A controller that can be stopped as if its process were down, and started again. */
export interface Pausable {
  pause: () => void;
  resume: () => void;
}
