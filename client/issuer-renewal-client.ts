import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client';
import type { IssuerRenewalReport, IssuerRenewalRequest } from '../domain/issuer-renewal.ts';
import { issuerRenewalWorkflowId } from '../domain/issuer-renewal.ts';
import { rotationTaskQueue } from '../domain/rotation-request.ts';
import type { renewIdentityIssuer } from '../workflows/renew-identity-issuer.ts';
import { CommandError } from './command-error.ts';
import { ExitCode } from './exit-codes.ts';
import { temporalError } from './temporal-errors.ts';

export interface StartedRenewal {
  readonly workflowId: string;
  readonly runId: string;
  /** @throws CommandError (temporal) when it was ended from outside */
  result(): Promise<IssuerRenewalReport>;
}

const startTimeoutMs = 5_000;

/**
 * Starts the renewal of one cluster's identity issuer; never a second one beside a running one.
 *
 * @throws CommandError (refused) when one is running
 */
export async function startIssuerRenewal(
  client: Client,
  request: IssuerRenewalRequest,
): Promise<StartedRenewal> {
  const workflowId = issuerRenewalWorkflowId(request.cluster);
  const tried = `renew the identity issuer of ${request.clusterName}`;
  try {
    const handle = await client.withDeadline(Date.now() + startTimeoutMs, () =>
      client.workflow.start<typeof renewIdentityIssuer>('renewIdentityIssuer', {
        args: [request],
        workflowId,
        taskQueue: rotationTaskQueue(request.cluster),
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        memo: { requestedBy: request.requestedBy, clusterName: request.clusterName },
        staticSummary: `renew the identity issuer of ${request.clusterName.slice(0, 200)}`,
      }),
    );
    return {
      workflowId,
      runId: handle.firstExecutionRunId,
      result: () => resultOf(tried, () => handle.result()),
    };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      throw new CommandError(ExitCode.refused, {
        tried,
        happened: 'a renewal is running already',
        nextStep: 'wait until it has ended, then look whether another one is needed',
      });
    }
    throw temporalError(tried, error, {
      nextStep: 'look at what Temporal answered, then run the same command again',
    });
  }
}

async function resultOf(
  tried: string,
  wait: () => Promise<IssuerRenewalReport>,
): Promise<IssuerRenewalReport> {
  try {
    return await wait();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    throw new CommandError(ExitCode.temporal, {
      tried,
      happened: error.cause?.message ?? error.message,
      nextStep:
        'look at its page in the Temporal Web UI; linkerd-trust check shows how the issuer stands',
      cause: error,
    });
  }
}

/** @throws CommandError (refused) while one runs */
export async function refuseBesideRenewal(
  client: Client,
  cluster: { readonly id: string; readonly name: string },
): Promise<void> {
  const handle = client.workflow.getHandle(issuerRenewalWorkflowId(cluster.id));
  // What cannot be read here the Lease still keeps apart.
  const described = await client
    .withDeadline(Date.now() + startTimeoutMs, () => handle.describe())
    .catch(() => undefined);
  if (described?.status.name !== 'RUNNING') return;
  throw new CommandError(ExitCode.refused, {
    tried: `start a rotation of ${cluster.name}`,
    happened: 'its identity issuer is being renewed',
    nextStep: 'wait until that has ended, a matter of minutes',
  });
}
