import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { rotationTaskQueue } from '../domain/rotation-request.ts';
import type { SearchAttributeFacts } from '../domain/checks/facts.ts';
import { lackingSearchAttributes, rotationSearchAttributes } from '../domain/search-attributes.ts';
import type { CommandStory } from './command-error.ts';
import { CommandError } from './command-error.ts';
import { ExitCode } from './exit-codes.ts';
import { isWithheld, temporalError } from './temporal-errors.ts';

/** A worker's long poll lasts 60 s; the server goes on listing a worker for minutes after its end. */
const pollerFreshMs = 90_000;
const requestTimeoutMs = 2_000;
const pollIntervalMs = 250;

/**
 * A rotation without them would stop at its first step: the workflow could not publish its phase. Answers
 * with why they could not be looked at where the server keeps that to others: then the rotation itself tells.
 *
 * @throws CommandError with the command that creates what is missing
 */
export async function checkSearchAttributes(client: Client): Promise<SearchAttributeFacts> {
  const { connection } = client;
  const { namespace } = client.options;
  const tried = `see the search attributes of namespace ${namespace}`;
  const known = await client
    .withDeadline(Date.now() + requestTimeoutMs, () =>
      connection.operatorService.listSearchAttributes({ namespace }),
    )
    .catch((error: unknown) => {
      if (isWithheld(error)) return undefined;
      throw temporalError(tried, error, { nextStep: 'check the address and the server' });
    });
  if (known === undefined) return { unseen: unseenIn(namespace) };
  const lacking = lackingSearchAttributes(known.customAttributes, namespace);
  if (lacking === undefined) return {};
  throw new CommandError(ExitCode.temporal, {
    tried: `start a rotation in namespace ${namespace}`,
    ...lacking,
  });
}

function unseenIn(namespace: string): string {
  const wanted = Object.entries(rotationSearchAttributes).map(
    ([name, type]) => `${name} (${type})`,
  );
  return `Temporal does not show this account the search attributes of namespace ${namespace}: see for yourself that it has ${wanted.join(', ')}`;
}

/**
 * Waits a moment for a worker of this cluster, for one may be starting.
 *
 * @throws CommandError within `timeoutMs` when none polls, with how to start one
 */
export async function checkWorker(
  client: Client,
  { cluster, timeoutMs = 2_500 }: { readonly cluster: string; readonly timeoutMs?: number },
): Promise<void> {
  const giveUpAtMs = Date.now() + timeoutMs;
  while (!(await isPolled(client, rotationTaskQueue(cluster)))) {
    if (Date.now() + pollIntervalMs >= giveUpAtMs) throw noWorker(cluster);
    await delay(pollIntervalMs);
  }
}

function noWorker(cluster: string): CommandError {
  return new CommandError(ExitCode.temporal, {
    tried: 'find the worker of this cluster',
    ...nothingPolls(cluster),
  });
}

function nothingPolls(cluster: string): Silence {
  return {
    happened: `nothing polls task queue ${rotationTaskQueue(cluster)}`,
    nextStep:
      'start the worker with access to the same cluster and namespace (npm run worker, or the Helm chart), or choose its namespace with --temporal-namespace',
  };
}

/** Why a rotation does not answer, and what a person can do; neither ends in a dot. */
type Silence = Pick<CommandStory, 'happened' | 'nextStep'>;

/** What is behind it that a running rotation has not answered in time: a worker may be gone, or slow. */
export async function silenceOf(client: Client, cluster: string): Promise<Silence> {
  if (!(await isPolled(client, rotationTaskQueue(cluster)))) return nothingPolls(cluster);
  return {
    happened: `a worker polled within the last ${String(pollerFreshMs / 1_000)} s, but has not answered`,
    nextStep:
      'look at the log of the worker; one that was killed hands its work to another within a minute',
  };
}

/** The server answers for workflow tasks; a worker of ours polls for activities as well, or not at all. */
async function isPolled(client: Client, taskQueue: string): Promise<boolean> {
  const { connection } = client;
  const { namespace } = client.options;
  const { pollers } = await client
    .withDeadline(Date.now() + requestTimeoutMs, () =>
      connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue } }),
    )
    .catch((error: unknown) => {
      const nextStep = 'check the address and the server';
      throw temporalError(`see who polls task queue ${taskQueue}`, error, { nextStep });
    });
  const since = Date.now() - pollerFreshMs;
  return pollers.some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000 > since);
}
