import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { InternalWorkflowStartOptions } from '@temporalio/client/lib/internal.js';
import { InternalWorkflowStartOptionsSymbol } from '@temporalio/client/lib/internal.js';
import type { RotationRequest } from '../../domain/rotation-request.ts';
import { startOptionsOf } from '../../domain/rotation-start.ts';
import { lackingSearchAttributes } from '../../domain/search-attributes.ts';
import type { rotateTrustAnchor } from '../../workflows/rotate-trust-anchor.ts';
import { rotationCluster } from '../../workflows/search-attributes.ts';
import { failure, temporalFailure } from './temporal-failure.ts';

/** Started twice with one `requestId` it is one rotation. `undefined`: another one is running. */
export async function startOnce(
  client: Client,
  request: RotationRequest,
  requestId: string,
): Promise<string | undefined> {
  const tried = `start a rotation in Temporal's namespace ${client.options.namespace}`;
  await checkSearchAttributes(client, tried);
  const options = {
    ...startOptionsOf(request),
    args: [request] as [RotationRequest],
    typedSearchAttributes: [{ key: rotationCluster, value: request.cluster }],
    // The server answers a start that it has seen with the run that it made of it: two workers, or
    // one that died after the start, begin one rotation. The client offers it under this symbol only.
    [InternalWorkflowStartOptionsSymbol]: { requestId },
  } satisfies InternalWorkflowStartOptions & { readonly args: [RotationRequest] };
  try {
    const handle = await client.workflow.start<typeof rotateTrustAnchor>(
      'rotateTrustAnchor',
      options,
    );
    return handle.firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw temporalFailure(tried, error);
  }
}

/** A rotation without them would start, and stand still at its first step. */
async function checkSearchAttributes(client: Client, tried: string): Promise<void> {
  const { namespace } = client.options;
  const known = await client.connection.operatorService
    .listSearchAttributes({ namespace })
    // Who may start workflows may not be allowed to look: then the start itself tells.
    .catch(() => undefined);
  const lacking = known && lackingSearchAttributes(known.customAttributes, namespace);
  if (lacking !== undefined) throw failure(tried, lacking);
}
