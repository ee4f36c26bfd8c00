export type ConditionType =
  'Ready' | 'Progressing' | 'Blocked' | 'AnchorExpiringSoon' | 'SpecAccepted' | 'TemporalReachable';

/** A standard Kubernetes condition. */
export interface ResourceCondition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  /** One word in CamelCase. */
  readonly reason: string;
  readonly message: string;
  /** When `status` changed last; ISO 8601 in UTC without fractions, as Kubernetes writes times. */
  readonly lastTransitionTime: string;
  /** The generation of the spec that it was judged by. */
  readonly observedGeneration: number;
}

export type Verdict = Omit<ResourceCondition, 'lastTransitionTime' | 'observedGeneration'>;

/** Kubernetes' own bound is 32,768; a page of text is what a person reads. */
const maxMessage = 2_000;

/** The conditions with these verdicts in place of earlier ones of their types; the others stay. */
export function withVerdicts(
  before: readonly ResourceCondition[],
  verdicts: readonly Verdict[],
  at: { readonly iso: string; readonly generation: number },
): readonly ResourceCondition[] {
  const judged = verdicts.map((verdict) => {
    const old = before.find(({ type }) => type === verdict.type);
    const changed = old?.status !== verdict.status;
    return {
      ...verdict,
      message: verdict.message.slice(0, maxMessage),
      lastTransitionTime: changed ? kubernetesTime(at.iso) : old.lastTransitionTime,
      observedGeneration: at.generation,
    };
  });
  const kept = before.filter(({ type }) => !judged.some((verdict) => verdict.type === type));
  return [...kept, ...judged].toSorted((left, right) => order(left.type) - order(right.type));
}

const types: readonly ConditionType[] = [
  'Ready',
  'Progressing',
  'Blocked',
  'AnchorExpiringSoon',
  'SpecAccepted',
  'TemporalReachable',
];

function order(type: ConditionType): number {
  return types.indexOf(type);
}

/** `metav1.Time` has whole seconds. */
export function kubernetesTime(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19)}Z`;
}
