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

/** What to say of a namespace that lacks some of them, and do about it; `undefined` where it has all. */
export function lackingSearchAttributes(
  known: Readonly<Record<string, unknown>>,
  namespace: string,
): { readonly happened: string; readonly nextStep: string } | undefined {
  const lacking = Object.entries(rotationSearchAttributes).filter(([name]) => !(name in known));
  if (lacking.length === 0) return undefined;
  const flags = lacking.map(([name, type]) => `--name ${name} --type ${type}`).join(' ');
  const inCloud = lacking.map(([name, type]) => `--search-attribute ${name}=${type}`).join(' ');
  return {
    happened: `it does not know the search attributes ${lacking.map(([name]) => name).join(', ')}`,
    nextStep: `temporal operator search-attribute create --namespace ${namespace} ${flags}; in Temporal Cloud on the namespace's page, or tcld namespace search-attributes add --namespace ${namespace} ${inCloud}`,
  };
}
