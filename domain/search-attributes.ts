/**
 * What a rotation publishes about itself for searches, with the types by the names that Temporal's
 * command line gives them. A namespace must know all of them before a rotation can run in it.
 */
export const rotationSearchAttributes = {
  RotationCluster: 'Keyword',
  RotationPhase: 'Keyword',
  RotationState: 'Keyword',
  AnchorFingerprint: 'Keyword',
  AnchorNotAfter: 'Datetime',
} as const;

export type RotationSearchAttribute = keyof typeof rotationSearchAttributes;
