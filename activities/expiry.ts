import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { rotationWorkflowId } from '../domain/rotation-request.ts';
import { mapErrors } from './map-errors.ts';

/** What a check of expiry may ask, besides what a rotation may. */
export interface ExpiryActivities {
  /** Asks Temporal, which alone knows: a rotation has no object in the cluster before its Lease. */
  readonly isRotationRunning: (input: { readonly cluster: string }) => Promise<boolean>;
}

export function createExpiryActivities(): ExpiryActivities {
  return mapErrors<ExpiryActivities>({
    isRotationRunning: async ({ cluster }) => {
      const { workflow } = Context.current().client;
      try {
        const { status } = await workflow.getHandle(rotationWorkflowId(cluster)).describe();
        return status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
  });
}
