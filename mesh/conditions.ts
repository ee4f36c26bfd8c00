import { z } from 'zod';

/** One entry of `status.conditions`, as cert-manager and trust-manager write it. */
export const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: z.string().optional(),
  observedGeneration: z.number().optional(),
});
export type Condition = z.infer<typeof condition>;

export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((entry) => entry.type === type);
}

export function isTrue(entry: Condition | undefined): boolean {
  return entry?.status === 'True';
}

/** `Pending: Waiting on certificate issuance …`: reason and message of a condition, as far as there. */
export function explainCondition(entry: Condition | undefined): string {
  if (entry === undefined) return 'no condition set';
  return [entry.reason, entry.message]
    .filter((part) => part !== undefined && part !== '')
    .join(': ');
}
