import type { NamedLaggards } from '../domain/convergence.ts';
import type { SurveySummary } from '../domain/survey-summary.ts';

/**
 * The closed set of failure types that cross from an activity to the workflow. Every other failure is
 * retried by its profile and, when that ends, blocks the rotation until a person resumes it.
 */
export const FailureType = {
  /** I1–I3 refuse the mutation now; details name what stands in the way. */
  MutationRefused: 'MutationRefused',
  /** Something recorded was changed by another hand; details name it. */
  ForeignHands: 'ForeignHands',
  /** A will not sign the bridge: denied, no key, or the result is unusable. */
  CrossSigningRefused: 'CrossSigningRefused',
  /** B cannot become the next anchor. */
  UnfitAnchor: 'UnfitAnchor',
  /** Workloads came back without a proxy; details name them. */
  UnmeshedPods: 'UnmeshedPods',
  /** Another engine holds the Lease. */
  AnotherEngine: 'AnotherEngine',
} as const;
export type FailureType = (typeof FailureType)[keyof typeof FailureType];

/** The details that accompany a {@link FailureType}. */
export interface FailureDetails extends NamedLaggards {
  /** With `ForeignHands`: what is there now, for a person who resumes with it. */
  readonly observed?: SurveySummary;
}
