import type { RotationAnchors } from '../anchors.ts';
import type { CertificateFacts } from '../certificate.ts';
import type { Laggard } from '../convergence.ts';
import type { MeshObjects } from '../objects.ts';
import type { Sourced } from '../sources.ts';
import type { Survey } from '../survey.ts';
import type { Found } from './check.ts';

/** What checks are judged by. Every part may be unknown by itself. */
export interface CheckFacts extends Sourced {
  readonly objects: MeshObjects;
  /** The API server's clock, Unix milliseconds. */
  readonly atMs: number;
  readonly components: Found<ComponentFacts>;
  /** Whether cert-manager's API takes a request, tried without creating one. */
  readonly certManagerAnswers: Found<true>;
  readonly pki: PkiFacts;
  readonly webhooks: readonly WebhookFacts[];
  readonly mesh: Found<MeshFacts>;
  readonly operator: Found<OperatorFacts>;
  /** The rights that this account lacks, in words. */
  readonly missingRights: Found<readonly string[]>;
}

export interface ComponentFacts {
  /** Absent: not installed. */
  readonly certManager?: { readonly version?: string; readonly canDisableRenewal: boolean };
  readonly trustManager?: { readonly version?: string };
}

export interface PkiFacts {
  readonly anchor: Found<CertificateSettings>;
  readonly issuer: Found<CertificateSettings>;
  readonly anchorSecret: Found<SecretFacts>;
  readonly issuerSecret: Found<SecretFacts>;
  readonly previousAnchor: Found<SecretFacts | undefined>;
  /** Secrets of trust beside whose data `kubectl apply` has left a private key. */
  readonly appliedKeys: Found<readonly SecretName[]>;
  readonly signer: Found<SignerFacts>;
  readonly bundle: Found<BundleFacts>;
}

/** A cert-manager Certificate. Durations in milliseconds, times ISO 8601 in UTC. */
export interface CertificateSettings {
  readonly name: string;
  readonly isCa: boolean;
  /** Unset: `Never` up to cert-manager 1.17, `Always` later. */
  readonly rotationPolicy?: string;
  /** Unset: RSA. */
  readonly keyAlgorithm?: string;
  readonly keySize?: number;
  readonly durationMs: number;
  readonly renewBeforeMs?: number;
  readonly renewalDisabled: boolean;
  readonly renewalTime?: string;
  readonly issuerKind: string;
  readonly issuerName: string;
  readonly ready: boolean;
  readonly readyDetail: string;
  readonly issuing: boolean;
}

export interface SecretFacts {
  readonly certificate: CertificateFacts;
  /** The CA that signs for it, where its own key is not in the cluster. */
  readonly intermediate?: CertificateFacts;
  /** Certificates in `tls.crt`. */
  readonly chainLength: number;
  readonly hasKey: boolean;
}

export interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

export interface SignerFacts {
  /** Absent: it signs with something else than a Secret. */
  readonly secretName?: string;
  readonly ready: boolean;
  readonly detail: string;
}

export interface BundleFacts {
  /** Absent: there is no Bundle. */
  readonly synced?: boolean;
  readonly detail: string;
  /** Who writes the bundle beside the rotation, where that is the rotation's alone. */
  readonly otherOwners?: readonly Laggard[];
  /** Sources from which it takes what is no anchor. */
  readonly unfitSources?: readonly Laggard[];
}

export interface WebhookFacts {
  /** Name of its Service, `linkerd-proxy-injector`. */
  readonly service: string;
  /** `undefined`: it has no Secret. */
  readonly certificate: Found<CertificateFacts | undefined>;
}

/** Linkerd as it runs. */
export interface MeshFacts {
  readonly survey: Survey;
  readonly anchors: RotationAnchors;
  /** Whether an identity process that starts now would take its issuer, as Go judges it. */
  readonly identityAcceptsIssuer: boolean;
  readonly issuerScheme: string;
  readonly externalCa: boolean;
  readonly leafLifetimeMs: number;
  /** After this a mounted ConfigMap counts as refreshed everywhere. */
  readonly settleMs: number;
}

export interface OperatorFacts {
  readonly isInstalled: boolean;
  /** Absent: there is none. */
  readonly resource?: ResourceFacts;
}

export interface ResourceFacts {
  readonly generation: number;
  /** Absent: nobody has reconciled it. */
  readonly observedGeneration?: number;
  readonly conditions: readonly OperatorCondition[];
}

export interface OperatorCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly detail: string;
}

/** What is known of the Temporal server that somebody has named; needs no cluster but for its name. */
export interface TemporalFacts {
  readonly reachable: Found<true>;
  readonly searchAttributes: Found<SearchAttributeFacts>;
  readonly worker: Found<true>;
}

export interface SearchAttributeFacts {
  /** Why it is not known whether there are all of them. */
  readonly unseen?: string;
}
