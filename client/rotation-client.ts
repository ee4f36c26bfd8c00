import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { RotationRequest } from '../domain/rotation-request.ts';
import { rotationWorkflowId } from '../domain/rotation-request.ts';
import { startOptionsOf } from '../domain/rotation-start.ts';
import type { rotateTrustAnchor } from '../workflows/rotate-trust-anchor.ts';
import { rotationCluster } from '../workflows/search-attributes.ts';
import { CommandError } from './command-error.ts';
import { ExitCode } from './exit-codes.ts';
import { readStatus } from './rotation-reading.ts';
import type { RotationReading } from './rotation-reading.ts';
import { temporalError } from './temporal-errors.ts';

export interface StartedRotation {
  readonly workflowId: string;
  readonly runId: string;
}

const startTimeoutMs = 5_000;
/** The server refuses more than 20,000 bytes of static details; a plan with many risks may be long. */
const maxDetails = 10_000;

/**
 * Starts the rotation of one cluster; never a second one beside a running one.
 *
 * @param planText shown in the Web UI beside the rotation for as long as its history is kept
 * @throws CommandError (refused) when one is running, with where it stands
 */
export async function startRotation(
  client: Client,
  request: RotationRequest,
  planText: readonly string[] = [],
): Promise<StartedRotation> {
  const workflowId = rotationWorkflowId(request.cluster);
  try {
    const handle = await client.withDeadline(Date.now() + startTimeoutMs, () =>
      client.workflow.start<typeof rotateTrustAnchor>('rotateTrustAnchor', {
        args: [request],
        ...startOptionsOf(request),
        typedSearchAttributes: [{ key: rotationCluster, value: request.cluster }],
        staticDetails: ['```', ...planText, '```'].join('\n').slice(0, maxDetails),
      }),
    );
    return { workflowId, runId: handle.firstExecutionRunId };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      throw alreadyRunning(
        startOf(request.clusterName),
        await readQuietly(client, request.cluster),
      );
    }
    throw temporalError(`start the rotation of ${request.clusterName}`, error, {
      nextStep: 'look at what Temporal answered, then run the same command again',
    });
  }
}

/**
 * For a look before the survey, which may take a while. The start itself is what keeps a second
 * rotation out.
 *
 * @throws CommandError (refused) when one is running
 */
export async function refuseSecondRotation(
  client: Client,
  cluster: { readonly id: string; readonly name: string },
  about = startOf(cluster.name),
): Promise<void> {
  const reading = await readQuietly(client, cluster.id);
  if (reading?.kind === 'running') throw alreadyRunning(about, reading);
}

/** A running rotation whose worker is down can still not be joined by a second one. */
async function readQuietly(client: Client, cluster: string): Promise<RotationReading | undefined> {
  // What cannot be read here only makes a message shorter; the start finds the truth.
  return readStatus(client, cluster).catch(() => undefined);
}

/** What is refused while a rotation runs, and how that rotation is called beside it. */
interface Refused {
  readonly tried: string;
  readonly beside: string;
}

function startOf(clusterName: string): Refused {
  return { tried: `start a rotation of ${clusterName}`, beside: 'one' };
}

function alreadyRunning(
  { tried, beside }: Refused,
  reading: RotationReading | undefined,
): CommandError {
  return new CommandError(ExitCode.refused, {
    tried,
    happened: `${beside} is running already${reading?.kind === 'running' ? ` (${whereItStands(reading)})` : ''}`,
    nextStep: 'linkerd-trust watch shows it; linkerd-trust abort leaves it safely',
  });
}

function whereItStands({ status }: Extract<RotationReading, { kind: 'running' }>): string {
  const { rotationId, condition, phase, waiting } = status.state;
  return [
    `${rotationId} of ${status.request.requestedBy}`,
    condition,
    ...(phase === undefined ? [] : [`in ${phase}`]),
    ...(waiting === undefined ? [] : [`waits for ${waiting.for}`]),
  ].join(', ');
}
