import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { documentedObjects } from '../../../domain/objects.ts';
import type { RotationRequest } from '../../../domain/rotation-request.ts';
import { rotationTaskQueue, rotationWorkflowId } from '../../../domain/rotation-request.ts';
import type { RotationReport } from '../../../domain/rotation-state.ts';
import type { rotateTrustAnchor } from '../../../workflows/index.ts';
import { statusQuery } from '../../../workflows/messages.ts';
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

/** A rotation that waits for a person will wait for ever: nobody is there. */
const rotationTimeoutMs = 1_800_000;
/** Thousands of proxies start one after the other, in a process that has all of them. */
const timeoutPerProxyMs = 500;

/** A rotation as a person orders it, by the worker that runs beside. @throws unless it completes */
export async function rotateFully(rotated: RotationMesh): Promise<FullRotation> {
  const { client, cluster } = rotated;
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
  const turnover = await watchTurnover(rotated);
  const startedMs = performance.now();
  const handle = await client.workflow.start<typeof rotateTrustAnchor>('rotateTrustAnchor', {
    taskQueue: rotationTaskQueue(cluster),
    workflowId: rotationWorkflowId(cluster),
    args: [request],
  });
  const proxies = rotated.local.mesh.proxies().length;
  const report = await withinTime(handle, rotationTimeoutMs + proxies * timeoutPerProxyMs);
  const wallMs = performance.now() - startedMs;
  if (report.outcome !== 'completed') {
    throw new Error(
      `the rotation ended as ${report.outcome}: ${report.reason ?? 'no reason told'}`,
    );
  }
  const { historyLength, raw } = await handle.describe();
  return {
    wallMs,
    turnoverMs: await turnover.stop(),
    report,
    historyEvents: historyLength,
    historyBytes: Number(raw.workflowExecutionInfo?.historySizeBytes ?? NaN),
  };
}

async function withinTime(
  handle: WorkflowHandle<typeof rotateTrustAnchor>,
  timeoutMs: number,
): Promise<RotationReport> {
  const over = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: over.signal }).then(async () => {
    const { state } = await handle.query(statusQuery);
    await handle.terminate('the bench has waited long enough');
    const { phase = 'no phase', condition, waiting } = state;
    throw new Error(
      `the rotation is ${condition} in ${phase} after ${String(Math.round(timeoutMs / 60_000))} minutes: ${waiting?.for ?? ''} ${waiting?.laggards[0]?.what ?? ''} ${waiting?.laggards[0]?.reason ?? ''}`,
    );
  });
  try {
    return await Promise.race([handle.result(), late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
  }
}
