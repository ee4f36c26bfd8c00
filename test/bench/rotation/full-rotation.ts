import { documentedObjects } from '../../../domain/objects.ts';
import type { RotationRequest } from '../../../domain/rotation-request.ts';
import { rotationTaskQueue, rotationWorkflowId } from '../../../domain/rotation-request.ts';
import type { RotationReport } from '../../../domain/rotation-state.ts';
import type { rotateTrustAnchor } from '../../../workflows/index.ts';
import type { TimedRotation } from './bare-rotation.ts';
import type { RotationMesh } from './rotation-mesh.ts';
import { benchTimings, waveSize } from './rotation-mesh.ts';
import { watchTurnover } from './turnover.ts';

export interface FullRotation extends TimedRotation {
  readonly report: RotationReport;
  readonly historyEvents: number;
  readonly historyBytes: number;
}

const approvals: RotationRequest['approvals'] = {
  'switch-issuer': 'automatic',
  'retire-anchor': 'automatic',
};

/** A rotation as a person orders it, by the worker that runs beside. @throws unless it completes */
export async function rotateFully(rotated: RotationMesh): Promise<FullRotation> {
  const { client, cluster, local } = rotated;
  const request: RotationRequest = {
    cluster,
    clusterName: 'bench',
    requestedBy: 'the bench',
    replaces: '',
    planHash: '',
    method: 'bridge',
    pace: 'steady',
    approvals,
    restarts: { waveSize },
    objects: documentedObjects,
    exceptions: [],
    timings: benchTimings,
  };
  const turnover = watchTurnover(local.mesh);
  const startedMs = performance.now();
  const handle = await client.workflow.start<typeof rotateTrustAnchor>('rotateTrustAnchor', {
    taskQueue: rotationTaskQueue(cluster),
    workflowId: rotationWorkflowId(cluster),
    args: [request],
  });
  const report = await handle.result();
  const wallMs = performance.now() - startedMs;
  if (report.outcome !== 'completed') {
    throw new Error(
      `the rotation ended as ${report.outcome}: ${report.reason ?? 'no reason told'}`,
    );
  }
  const { historyLength, raw } = await handle.describe();
  return {
    wallMs,
    turnoverMs: turnover.stop(),
    report,
    historyEvents: historyLength,
    historyBytes: Number(raw.workflowExecutionInfo?.historySizeBytes ?? NaN),
  };
}
