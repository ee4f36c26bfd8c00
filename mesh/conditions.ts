import { z } from 'zod';

/**
 * One entry of `status.conditions`, as far as anybody here looks at it. A pod has some of other
 * controllers, too: GKE's for network endpoint groups has no status while the pod is not ready, and no
 * `lastTransitionTime` (ingress-gce, `pkg/neg/readiness`).
 */
export const condition = z.object({
  type: z.string(),
  status: z.string().default(''),
  reason: z.string().optional(),
  message: z.string().optional(),
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
