import { workflowInfo } from '@temporalio/workflow';
import type { RotationSight } from '../domain/resource/rotation-status.ts';
import { isoNow } from './clock.ts';
import type { Rotation } from './rotation.ts';

/** How the rotation stands, for those who look from outside of Temporal. */
export function sightOf({ state, request, startedAt }: Rotation): RotationSight {
  const { workflowId, firstExecutionRunId: runId } = workflowInfo();
  return { state, request, workflowId, runId, startedAt, at: isoNow() };
}
