import type { CertificateFacts } from './certificate.ts';
import type { Held, Knowledge, Presented, VerifiesUnder } from './trust.ts';

/**
 * One full observation of a mesh, as seen from the rotation from A to B. It lives inside one
 * activity; only summaries of it cross into a workflow's history.
 */
export interface Survey {
  /** ISO 8601 in UTC. */
  readonly takenAt: string;
  readonly objects: TrustObjects;
  /** Every live `linkerd-proxy` container: of every pod that is not Succeeded or Failed. */
  readonly proxies: readonly ProxyObservation[];
  /** The `identity` container of every live identity pod. */
  readonly identity: readonly IdentityReplica[];
  /** The `proxy-injector` container of every live injector pod. */
  readonly injectors: readonly InjectorReplica[];
  /** Declared members that nobody can ask from here: linked clusters and machines outside. */
  readonly outsiders: readonly Outsider[];
  /**
   * Nothing can sign a probe under A any more, and none was kept: then what proxies hold of A is judged
   * by what they were started with. So it is where A was retired by hand before the rotation began.
   */
  readonly isOldAnchorUnaskable?: true;
}

export interface WorkloadRef {
  /** `Deployment`, `StatefulSet`, `DaemonSet`, `Job`, …; `Pod` for a bare pod. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export type ProxyRole = 'data-plane' | 'control-plane';
export type Lifecycle = 'pending' | 'running' | 'terminating';

export interface ProxyObservation {
  readonly namespace: string;
  readonly pod: string;
  readonly workload: WorkloadRef;
  readonly role: ProxyRole;
  readonly lifecycle: Lifecycle;
  readonly holds: Held;
  /** Whether it accepted a probe that stands behind the bridge; `unknown` until asked. */
  readonly acceptsBridge: Knowledge;
  readonly presents: Presented;
  /** Value of `trust.linkerd.io/rotation` on the pod: the restart that made it, if one of ours did. */
  readonly restartMarker?: string;
  /** When its container started, ISO 8601 in UTC; absent while none runs. */
  readonly startedAt?: string;
  /** What stood in the way of an answer, in one sentence. */
  readonly note?: string;
}

export interface IdentityReplica {
  readonly pod: string;
  readonly workload: WorkloadRef;
  /** The anchors its process read when its container started. */
  readonly holds: Held;
  /** What the issuer that it signs with now verifies under. */
  readonly signs: VerifiesUnder;
  /** Whether the issuer it signs with is the one in the Secret. */
  readonly usesCurrentIssuer: Knowledge;
  /** It runs, and its metrics do not tell of its issuer: Linkerd before edge-25.2.1 has no such metric. */
  readonly isIssuerUntold?: true;
  /** Its pod is on its way out: it counts until it is gone, but another restart does not hasten that. */
  readonly isTerminating?: true;
  readonly note?: string;
}

export interface InjectorReplica {
  readonly pod: string;
  readonly workload: WorkloadRef;
  /** The anchors it writes into a pod that is created now. */
  readonly handsOut: Held;
  /** As with an identity replica. */
  readonly isTerminating?: true;
  /** Its pod is not Ready: the API server does not get to ask it. */
  readonly isDown?: true;
  readonly note?: string;
}

export interface Outsider {
  /** `Link`, `ExternalWorkload`, or `Gateway`: one that lets the proxies of other clusters in. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Which Secret the ClusterIssuer signs with. */
export type SignerSource = 'trust-anchor' | 'previous-anchor' | 'bridge' | 'other';

export interface TrustObjects {
  /** The certificate in the Secret of the anchor Certificate. */
  readonly trustAnchor: CertificateFacts;
  readonly previousAnchor?: CertificateFacts;
  readonly bridge?: CertificateFacts;
  readonly signer: { readonly source: SignerSource; readonly secretName: string };
  readonly bundle: BundleObservation;
  readonly issuer: {
    readonly certificate: CertificateFacts;
    /** Number of certificates in the issuer file: 2 behind a bridge or an intermediate CA. */
    readonly chainLength: number;
    readonly under: VerifiesUnder;
  };
}

export interface BundleObservation {
  /** Which of A and B the control plane's bundle contains. */
  readonly held: Held;
  /** Fingerprints of all certificates in the control plane's bundle, sorted. */
  readonly fingerprints: readonly string[];
  /** When its text was last written, by the server's record of it; ISO 8601 in UTC. */
  readonly since: string;
  /** Target namespaces whose bundle differs from the control plane's. */
  readonly divergentTargets: readonly string[];
  /** What a Linkerd parser would stumble over in the text, if anything. */
  readonly hazard?: string;
  /** What helps where it is not as wanted; left out: what helps with a Bundle of trust-manager. */
  readonly remedy?: string;
}

/** `Deployment shop/web`: how a workload is named in every text. */
export function workloadName(workload: WorkloadRef): string {
  return `${workload.kind} ${workload.namespace}/${workload.name}`;
}

export function sameWorkload(one: WorkloadRef, other: WorkloadRef): boolean {
  return one.kind === other.kind && one.namespace === other.namespace && one.name === other.name;
}
