import type { RotationAnchors } from './anchors.ts';
import type { GateName } from './gates/gate.ts';
import type { Laggard } from './convergence.ts';
import type { MeshObjects } from './objects.ts';
import type { Timings } from './rotation-request.ts';
import type { Survey } from './survey.ts';
import type { IssuerKind } from './trust.ts';
import { issuerKind } from './trust.ts';

/** What a person asks for who wants a new identity issuer and the same anchor. */
export interface IssuerRenewalRequest {
  /** UID of namespace kube-system. */
  readonly cluster: string;
  readonly clusterName: string;
  readonly requestedBy: string;
  readonly objects: MeshObjects;
  readonly timings: Timings;
}

/**
 * - `renewed`: every identity replica signs with the new issuer
 * - `refused`: nothing was changed
 * - `not-adopted`: the issuer was renewed, and a replica does not sign with it
 * - `failed`: something went wrong on the way
 */
export type IssuerRenewalOutcome = 'renewed' | 'refused' | 'not-adopted' | 'failed';

/** An identity issuer as reports name it. */
export interface IssuerLine {
  readonly fingerprint: string;
  /** ISO 8601 in UTC. */
  readonly notAfter: string;
}

/** The result of the workflow `renewIdentityIssuer`. */
export interface IssuerRenewalReport {
  readonly outcome: IssuerRenewalOutcome;
  /** Why it is anything but `renewed`. */
  readonly reason?: string;
  readonly before?: IssuerLine;
  readonly after?: IssuerLine;
  /** Identity replicas that sign with the new issuer. */
  readonly adopted: number;
  /** Workloads that were restarted because a replica had missed it. */
  readonly restarted: readonly string[];
  readonly laggards: readonly Laggard[];
}

/** Same cluster, same workflow: no second renewal can run beside it. */
export function issuerRenewalWorkflowId(cluster: string): string {
  return `issuer-renewal/${cluster}`;
}

/** Passed when the issuer in the Secret is of this kind and every identity replica signs with it. */
export const adoptionGates: Readonly<Record<IssuerKind, GateName>> = {
  a: 'issuer-swung-back',
  x: 'issuer-bridged',
  b: 'issuer-switched',
};

/**
 * The kind that a renewal would bring: that of the issuer in the Secret, or a reason not to renew. An
 * issuer under another anchor than now is a step of a rotation, which asks everybody first.
 */
export function judgeRenewal(
  { objects }: Survey,
  anchors: RotationAnchors,
): { readonly kind: IssuerKind } | { readonly refusal: string } {
  const { issuer, signer } = objects;
  const now = issuerKind(issuer.under);
  const next = nextKind(objects, anchors);
  if (next === undefined) {
    return {
      refusal: `the ClusterIssuer signs with Secret ${signer.secretName}, which holds neither anchor nor bridge; let it sign with the trust anchor`,
    };
  }
  if (now === next) return { kind: now };
  return {
    refusal: `the next identity issuer would be of kind ${next} where ${now ?? 'a foreign one'} signs now, which not every proxy need accept: that is a step of a rotation; start linkerd-trust rotate`,
  };
}

function nextKind(
  { signer, trustAnchor, previousAnchor }: Survey['objects'],
  { b }: RotationAnchors,
): IssuerKind | undefined {
  const under = (fingerprint: string | undefined): IssuerKind =>
    b !== undefined && fingerprint === b.certificate.fingerprint ? 'b' : 'a';
  switch (signer.source) {
    case 'trust-anchor':
      return under(trustAnchor.fingerprint);
    case 'previous-anchor':
      return under(previousAnchor?.fingerprint);
    case 'bridge':
      return 'x';
    case 'other':
      return undefined;
  }
}
