import { shortFingerprint } from './certificate.ts';
import type { RotationRequest } from './rotation-request.ts';
import { rotationTaskQueue, rotationWorkflowId } from './rotation-request.ts';

/** How every rotation is started, whoever starts it: the workflow's options that follow from the request. */
export interface StartOptions {
  readonly workflowId: string;
  readonly taskQueue: string;
  /** A half-done rotation is neither joined unasked nor thrown away. */
  readonly workflowIdConflictPolicy: 'FAIL';
  readonly workflowIdReusePolicy: 'ALLOW_DUPLICATE';
  readonly memo: Record<string, string>;
  /** One line in the Web UI. */
  readonly staticSummary: string;
}

export function startOptionsOf(request: RotationRequest): StartOptions {
  const { requestedBy, clusterName, planHash, replaces, trigger } = request;
  return {
    workflowId: rotationWorkflowId(request.cluster),
    taskQueue: rotationTaskQueue(request.cluster),
    workflowIdConflictPolicy: 'FAIL',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    memo: {
      requestedBy,
      clusterName,
      planHash,
      replaces,
      ...(trigger === undefined ? {} : { trigger }),
    },
    staticSummary: summaryOf(request),
  };
}

/** The server cuts at 400 bytes, and a context's name may be long. */
function summaryOf({ clusterName, replaces, method, pace }: RotationRequest): string {
  const anchor = shortFingerprint(replaces);
  return `replace trust anchor ${anchor} of ${clusterName.slice(0, 200)} (method ${method}, pace ${pace})`;
}
