import type { Anchor, RotationAnchors } from '../domain/anchors.ts';
import type { CertificateFacts } from '../domain/certificate.ts';
import type { Laggard } from '../domain/convergence.ts';
import type { GateName, GateReport } from '../domain/gates/gate.ts';
import type { Plan } from '../domain/plan.ts';
import type { PassName, RestartGoal } from '../domain/restarts.ts';
import type { BoundContext, RotationContext } from '../domain/rotation-context.ts';
import type { RotationRequest } from '../domain/rotation-request.ts';
import type { SignerSource } from '../domain/survey.ts';
import type { SurveySummary } from '../domain/survey-summary.ts';
import type { IssuerKind } from '../domain/trust.ts';

/**
 * What a rotation may ask of a cluster. Every function is idempotent: it observes first, and does
 * nothing where the cluster is already as wanted. Mutations are judged against I1–I3 on a survey taken
 * just before them. Nothing that crosses here can hold key material.
 */
export interface RotationActivities {
  /** Surveys, finds A and B, plans. Changes nothing. */
  readonly planRotation: (input: PlanRotationInput) => Promise<PlanRotationResult>;
  /** Watches a gate until it passes, or until there is something to tell. */
  readonly watchGate: (input: WatchGateInput) => Promise<GateWatch>;

  /** Keeps every other engine out of this cluster; refused with `AnotherEngine`. */
  readonly takeLease: (input: LeaseInput) => Promise<void>;
  readonly releaseLease: (input: LeaseInput) => Promise<void>;

  /** Switches the automatic renewal of the anchor off, where cert-manager can. */
  readonly freezeTrustAnchor: (input: ContextInput) => Promise<void>;
  /** Puts that back, unless the anchor would be renewed at once by it. */
  readonly unfreezeTrustAnchor: (input: ContextInput) => Promise<Unfrozen>;
  /** previous-anchor := A's pair; the signer signs with it; a trial request came out under A. */
  readonly pinSigner: (input: ContextInput) => Promise<Observed>;
  /** Points the signer at one of the three Secrets, whose issuers are of kind `issuer`. */
  readonly pointSigner: (input: PointSignerInput) => Promise<Observed>;
  /** Renews the anchor Certificate and answers with B; refused with `UnfitAnchor`. */
  readonly renewTrustAnchor: (input: ContextInput) => Promise<RenewedAnchor>;
  /** previous-anchor := B's pair: the bundle loses A, and A's key is gone from the cluster. */
  readonly retireTrustAnchor: (input: BoundInput) => Promise<Observed>;
  /** Of A and B the bundle := what the anchor Secrets hold, where that is the rotation's to write. */
  readonly writeBundle: (input: BoundInput) => Promise<Observed>;

  /** Asks the owner of A to have B's key cross-signed, where the bridge is imported. */
  readonly requestBridge: (input: MakeBridgeInput) => Promise<void>;
  /** Watches for what an owner is to hand in, until it can be taken over or there is something to tell. */
  readonly watchImport: (input: WatchImportInput) => Promise<ImportWatch>;
  /** Has A sign B's key and keeps the result as the bridge; refused with `CrossSigningRefused`. */
  readonly makeBridge: (input: MakeBridgeInput) => Promise<BridgeMade>;
  readonly removeBridge: (input: ContextInput) => Promise<void>;
  /** Renews the identity issuer and proves that what came out is of the wanted kind. */
  readonly renewIdentityIssuer: (input: RenewIssuerInput) => Promise<Observed>;

  /** Keeps a probe under A for the final proof: after the retirement nothing can sign one. */
  readonly keepRetirementProof: (input: KeepProofInput) => Promise<void>;
  readonly removeProbes: (input: ContextInput) => Promise<void>;

  /** Restarts the next wave of workloads that a goal needs restarted, and waits for it. */
  readonly restartWave: (input: RestartWaveInput) => Promise<RestartWaveResult>;
  /** Asks every live proxy afresh: it refuses a probe under A and accepts one under B. */
  readonly proveRetirement: (input: BoundInput) => Promise<RetirementProof>;
}

export interface ContextInput {
  readonly context: RotationContext;
}

export interface Unfrozen {
  /** It stays off: cert-manager's renewal has been due since then; ISO 8601 in UTC. */
  readonly overdue?: string;
}

export interface BoundInput {
  readonly context: BoundContext;
}

export interface PlanRotationInput {
  readonly request: RotationRequest;
}

export interface PlanRotationResult {
  readonly plan: Plan;
  readonly planHash: string;
  readonly anchors: RotationAnchors;
  readonly observed: SurveySummary;
  readonly leafLifetimeMs: number;
  /** The anchor that was to be replaced is no longer in use, and nothing is under way. */
  readonly alreadyRotated: boolean;
}

export interface WatchGateInput extends ContextInput {
  readonly gate: GateName;
  /** Answer after this long even if nothing was decided, so that the status moves on. */
  readonly reportAfterMs: number;
  /** Answer `needs-restart` as soon as a proxy is seen that no wait can cure. */
  readonly heal: boolean;
}

export interface GateWatch extends Observed {
  readonly outcome: 'passed' | 'progress' | 'needs-restart' | 'foreign-hands';
  readonly report: GateReport;
  /** What another hand has changed. */
  readonly foreign: readonly Laggard[];
}

export interface LeaseInput extends ContextInput {
  /** Identifies this rotation across continue-as-new. */
  readonly holder: string;
}

export interface Observed {
  readonly observed: SurveySummary;
}

export interface PointSignerInput extends ContextInput {
  readonly to: Exclude<SignerSource, 'other'>;
  readonly issuer: IssuerKind;
}

export interface RenewedAnchor extends Observed {
  readonly anchor: Anchor;
}

export interface MakeBridgeInput extends BoundInput {
  /** What ends earlier is refused as no bridge; ISO 8601 in UTC. */
  readonly neededUntil: string;
}

export type WatchImportInput = {
  /** What is told already: as long as that stands in the way, and nothing else, there is no news. */
  readonly told: readonly Laggard[];
  /** Answer after this long even if there is no news. */
  readonly reportAfterMs: number;
} & (
  ({ readonly kind: 'anchor' } & ContextInput) | ({ readonly kind: 'bridge' } & MakeBridgeInput)
);

export interface ImportWatch {
  /** What stands between the hand-in and its taking over; empty where nothing does. */
  readonly laggards: readonly Laggard[];
}

export interface BridgeMade extends Observed {
  readonly bridge: CertificateFacts;
}

export interface RenewIssuerInput extends ContextInput {
  readonly expect: IssuerKind;
}

export interface KeepProofInput extends BoundInput {
  /** The proof must be possible until then; ISO 8601 in UTC. */
  readonly until: string;
}

export interface RestartWaveInput extends ContextInput {
  readonly pass: PassName;
  /** When the phase began that needs it: attempts of another occasion do not count. ISO 8601 in UTC. */
  readonly since: string;
  readonly goal: RestartGoal;
  readonly waveSize: number;
  /** Names of workloads that were stuck in a wave of this pass before: their turn comes last. */
  readonly stuckBefore?: readonly string[];
}

export interface RestartWaveResult extends Observed {
  /** Names of the workloads that were restarted and are up again. */
  readonly restarted: readonly string[];
  /** Workloads that the goal needed restarted when the wave was chosen; none: the pass is done. */
  readonly lacking: number;
  /** Workloads that did not come up in time, cannot be restarted, or lag after all attempts; the first of them. */
  readonly stuck: readonly Laggard[];
  /** How many more are stuck; left out where all are named. */
  readonly unnamed?: number;
}

export interface RetirementProof extends Observed {
  readonly report: GateReport;
  /** `start`: no probe under A could be made, so proxies were judged by what they were started with. */
  readonly by: 'probe' | 'start';
}
