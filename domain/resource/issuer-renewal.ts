import type { RotationState } from '../rotation-state.ts';

/** How the identity issuer's Certificate and its Secret stood at one look. */
export interface IssuerMark {
  readonly revision: number;
  /** Of the Certificate's spec. */
  readonly generation: number;
  /** When cert-manager renews it by itself; ISO 8601 in UTC. */
  readonly renewalTime?: string;
  readonly secretUid: string;
  readonly fingerprint: string;
  /** When the certificate in the Secret was issued. */
  readonly notBefore: string;
}

/** An approval that was given by a deed and waits for its gate. */
export interface NotedApproval {
  readonly gate: 'switch-issuer';
  readonly by: string;
  readonly at: string;
}

/**
 * Whether a person has renewed the issuer between two looks, as `cmctl renew` does. A renewal that was
 * due, one after a change of the spec and one that replaces a Secret that was lost all come about by
 * themselves and look alike afterwards, so what may be one of them is taken for no word of a person.
 */
export function isPersonsRenewal(before: IssuerMark, now: IssuerMark): boolean {
  const { renewalTime } = before;
  return (
    now.revision > before.revision &&
    now.fingerprint !== before.fingerprint &&
    now.generation === before.generation &&
    now.secretUid === before.secretUid &&
    renewalTime !== undefined &&
    Date.parse(now.notBefore) < Date.parse(renewalTime)
  );
}

/** Whether renewals may be ours: from the approval on, and on the way back, the rotation renews it. */
export function mayRenewIssuer({ approvals, condition }: RotationState): boolean {
  return condition === 'swinging-back' || approvals.some(({ gate }) => gate === 'switch-issuer');
}
