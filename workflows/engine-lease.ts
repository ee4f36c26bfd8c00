import { workflowInfo } from '@temporalio/workflow';
import { mutate } from './activity-profiles.ts';
import type { Rotation } from './rotation.ts';
import { change } from './steps.ts';

/** The Lease by which a rotation is the only engine of its cluster. */

export async function takeLease(rotation: Rotation): Promise<void> {
  await change(rotation, () =>
    mutate('take the Lease of this cluster').takeLease({
      context: rotation.context,
      holder: holderOf(),
    }),
  );
  rotation.holdsLease = true;
}

/** Another engine's is left alone. */
export async function releaseLease(rotation: Rotation): Promise<void> {
  await change(rotation, () =>
    mutate('give the Lease back').releaseLease({ context: rotation.context, holder: holderOf() }),
  );
}

/** The same across continue-as-new. */
function holderOf(): string {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  return `${workflowId}/${firstExecutionRunId}`;
}
