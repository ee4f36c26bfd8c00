import type { CertificateFacts } from './certificate.ts';
import type { Laggard } from './convergence.ts';
import type { WorkloadRef } from './survey.ts';

/** What a plan is made of besides the survey: the settings of the mesh and what owns its proxies. */
export interface Inventory {
  readonly workloads: readonly InventoryWorkload[];
  readonly trustDomain: string;
  /** Lifetime of leaves, as linkerd-identity is told; milliseconds. */
  readonly leafLifetimeMs: number;
  /** How far the clocks of nodes lie behind the API server's, at most; milliseconds. */
  readonly clockLagMs: number;
  readonly certManager: {
    /** Whether `spec.renewal` exists (cert-manager ≥1.21): automatic renewal can be switched off. */
    readonly canDisableRenewal: boolean;
  };
  readonly anchor: {
    /** As the Certificate says; absent when unset, which means different things to different versions. */
    readonly rotationPolicy?: string;
    readonly renewalDisabled: boolean;
    /** When cert-manager renews by itself; ISO 8601 in UTC. */
    readonly renewalTime?: string;
    /** Whether something can sign for the anchor in its Secret. */
    readonly hasKey: boolean;
    readonly previousHasKey: boolean;
    /**
     * End of the intermediate CA that signs for the anchor in the Secret, ISO 8601 in UTC; absent where the
     * anchor's own key does.
     */
    readonly intermediateNotAfter?: string;
    readonly previousIntermediateNotAfter?: string;
    /** The same of an anchor that is handed in already. */
    readonly nextHasIntermediate: boolean;
  };
  readonly issuer: {
    readonly durationMs: number;
    readonly renewalTime?: string;
    readonly certificate: CertificateFacts;
  };
  /** Whether the rotation writes the bundle itself, beside whoever else might. */
  readonly writesBundle: boolean;
  /** What no wait will cure, found while looking: missing objects, rights, malformed texts. */
  readonly obstacles: readonly Laggard[];
}

export interface InventoryWorkload {
  readonly workload: WorkloadRef;
  readonly proxies: number;
  readonly controlPlane: boolean;
  /** Why patching it would not replace its pods; absent where it would. */
  readonly cannotRestart?: string;
}
