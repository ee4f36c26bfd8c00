import type { Client } from '@temporalio/client';
import {
  isGrpcDeadlineError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type {
  Answer,
  ApproveMessage,
  ExceptMessage,
  PersonMessage,
} from '../workflows/messages.ts';
import {
  abortUpdate,
  approveUpdate,
  exceptUpdate,
  pauseSignal,
  resumeSignal,
} from '../workflows/messages.ts';
import { CommandError } from './command-error.ts';
import { ExitCode } from './exit-codes.ts';
import { handleOf } from './rotation-reading.ts';
import { temporalError } from './temporal-errors.ts';
import { silenceOf } from './temporal-readiness.ts';

/**
 * What people send to a running rotation. All throw CommandError: refused when no rotation runs or
 * when the rotation itself refuses, with its own words.
 */

const signalTimeoutMs = 5_000;
/** An update is answered by the worker, which may be in the middle of a step. */
const updateTimeoutMs = 10_000;

export async function pauseRotation(
  client: Client,
  cluster: string,
  message: PersonMessage,
): Promise<Answer> {
  await send(client, 'pause the rotation', () =>
    handleOf(client, cluster).signal(pauseSignal, message),
  );
  return {
    text: 'paused: it stops before its next step; nothing that has begun is cut off half way',
  };
}

export async function resumeRotation(
  client: Client,
  cluster: string,
  message: PersonMessage,
): Promise<Answer> {
  await send(client, 'resume the rotation', () =>
    handleOf(client, cluster).signal(resumeSignal, message),
  );
  return { text: 'resumed' };
}

export function approveGate(
  client: Client,
  cluster: string,
  message: ApproveMessage,
): Promise<Answer> {
  return update(client, { cluster, tried: `approve ${message.gate}` }, () =>
    handleOf(client, cluster).executeUpdate(approveUpdate, { args: [message] }),
  );
}

export function exceptFromGates(
  client: Client,
  cluster: string,
  message: ExceptMessage,
): Promise<Answer> {
  return update(client, { cluster, tried: `except ${message.name}` }, () =>
    handleOf(client, cluster).executeUpdate(exceptUpdate, { args: [message] }),
  );
}

export function abortRotation(
  client: Client,
  cluster: string,
  message: PersonMessage,
): Promise<Answer> {
  return update(client, { cluster, tried: 'abort the rotation' }, () =>
    handleOf(client, cluster).executeUpdate(abortUpdate, { args: [message] }),
  );
}

async function send(client: Client, tried: string, signal: () => Promise<void>): Promise<void> {
  try {
    await client.withDeadline(Date.now() + signalTimeoutMs, signal);
  } catch (error) {
    throw asCommandError(tried, error);
  }
}

async function update(
  client: Client,
  { cluster, tried }: { readonly cluster: string; readonly tried: string },
  execute: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await client.withDeadline(Date.now() + updateTimeoutMs, execute);
  } catch (error) {
    const silent =
      error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcDeadlineError(error);
    throw silent
      ? await unanswered(client, { cluster, tried, cause: error })
      : asCommandError(tried, error);
  }
}

function asCommandError(tried: string, error: unknown): CommandError {
  if (error instanceof WorkflowNotFoundError) {
    return new CommandError(ExitCode.refused, {
      tried,
      happened: 'no rotation is running in this cluster',
      nextStep:
        'linkerd-trust status shows how the last one ended; linkerd-trust rotate starts one',
      cause: error,
    });
  }
  if (error instanceof WorkflowUpdateFailedError) {
    return new CommandError(ExitCode.refused, {
      tried,
      happened: error.cause?.message ?? error.message,
      nextStep: 'linkerd-trust status shows where the rotation stands and what it waits for',
      cause: error,
    });
  }
  return temporalError(tried, error, {
    nextStep: 'check that the Temporal server is up, then run the same command again',
  });
}

/** The server keeps nothing of an update that no worker has taken up, so it may be sent again. */
async function unanswered(
  client: Client,
  {
    cluster,
    tried,
    cause,
  }: { readonly cluster: string; readonly tried: string; readonly cause: unknown },
): Promise<CommandError> {
  const { happened, nextStep } = await silenceOf(client, cluster);
  return new CommandError(ExitCode.temporal, {
    tried,
    happened: `the rotation did not answer within ${String(updateTimeoutMs / 1_000)} s: ${happened}`,
    nextStep: `${nextStep}; look at linkerd-trust status, then send it again`,
    cause,
  });
}
