import * as lease from '../mesh/lease.ts';
import type { RotationActivities } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { FailureType } from './failures.ts';
import { withHeartbeat } from './progress.ts';
import { knownFailure } from './to-failure.ts';

/** A rotation may take weeks; it gives its Lease back when it ends, whatever the end. */
const leaseDurationMs = 60 * 24 * 3_600_000;

/** Keeping a second engine out of the cluster. */
export function createLeaseActivities({
  kube,
}: ActivityDependencies): Pick<RotationActivities, 'takeLease' | 'releaseLease'> {
  return {
    takeLease: ({ context, holder }) =>
      withHeartbeat({ text: 'taking the Lease' }, async () => {
        const { objects } = context.survey;
        const taken = await lease.acquireLease(kube, objects, {
          holder,
          durationMs: leaseDurationMs,
        });
        if (taken.acquired) return;
        throw knownFailure(
          FailureType.AnotherEngine,
          `Another engine (${taken.holder}) holds Lease ${objects.linkerdNamespace}/${objects.lease} until ${taken.expiresAt}. ` +
            'Next step: let its rotation end, or delete the Lease if that engine is gone for good.',
        );
      }),
    releaseLease: ({ context, holder }) =>
      withHeartbeat({ text: 'giving the Lease back' }, async () => {
        await lease.releaseLease(kube, context.survey.objects, holder);
      }),
  };
}
