import { timestamp } from '../names.ts';
import type { Condition } from '../objects.ts';

export function findCondition(
  conditions: Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isTrue(conditions: Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

/** The list with one condition set; its lastTransitionTime moves only when its status changes. */
export function withCondition(
  conditions: Condition[] | undefined,
  condition: Condition,
): Condition[] {
  const previous = findCondition(conditions, condition.type);
  const lastTransitionTime =
    previous?.status === condition.status && previous.lastTransitionTime !== undefined
      ? previous.lastTransitionTime
      : timestamp();
  const others = (conditions ?? []).filter(({ type }) => type !== condition.type);
  const next = { ...condition, lastTransitionTime };
  if (previous === undefined) return [...others, next];
  return (conditions ?? []).map((existing) => (existing === previous ? next : existing));
}
