import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionOptions } from '@temporalio/client';
import { Connection } from '@temporalio/client';
import { readTemporalEnvironment } from '../../activities/temporal-environment.ts';
import { messageOf } from './run-program.ts';

/** Search attribute names with the type names that the Temporal CLI uses. */
export type SearchAttributes = Readonly<Record<string, keyof typeof indexedValueType>>;

/** `temporal.api.enums.v1.IndexedValueType`: the wire's numbers for the CLI's type names. */
const indexedValueType = {
  Text: 1,
  Keyword: 2,
  Int: 3,
  Double: 4,
  Bool: 5,
  Datetime: 6,
  KeywordList: 7,
} as const;

const connectTimeoutMs = 5_000;
const pollIntervalMs = 100;

/** How the environment (and Temporal's own configuration file) says to reach a server. */
export interface NamedServer {
  readonly connection: ConnectionOptions;
  readonly namespace: string;
}

/** Reads `TEMPORAL_ADDRESS` and its companions (`TEMPORAL_NAMESPACE`, `TEMPORAL_TLS…`) as every Temporal client does. */
export function namedServer(env: NodeJS.ProcessEnv): NamedServer {
  const { connectionOptions, namespace = 'default' } = readTemporalEnvironment(env);
  return { connection: connectionOptions, namespace };
}

/** @throws {Error} when no Temporal server with that namespace answers within 5 s */
export async function checkReachable(server: NamedServer): Promise<void> {
  await withConnection(server.connection, (connection) =>
    connection.workflowService.describeNamespace({ namespace: server.namespace }),
  );
}

/**
 * Registers what is missing of `attributes` and leaves the rest as it is.
 *
 * @throws {Error} with the command that does it by hand, when the server refuses
 */
export async function ensureSearchAttributes(
  { connection, namespace }: NamedServer,
  attributes: SearchAttributes,
): Promise<void> {
  await withConnection(connection, async ({ operatorService }) => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    const missing = Object.entries(attributes).filter(([name]) => !(name in customAttributes));
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(
      missing.map(([name, type]) => [name, indexedValueType[type]]),
    );
    try {
      await operatorService.addSearchAttributes({ namespace, searchAttributes });
    } catch (error) {
      const flags = missing.map(([name, type]) => `--name ${name} --type ${type}`).join(' ');
      throw new Error(
        `The Temporal server did not register search attributes: ${messageOf(error)}. ` +
          `Let someone who may run: temporal operator search-attribute create ${flags}`,
        { cause: error },
      );
    }
  });
}

/** A server is ready when its namespace is there and knows every search attribute it was started with. */
export async function waitUntilReady(
  { connection, namespace }: NamedServer,
  attributes: SearchAttributes,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      const known = await withConnection(connection, async (client) => {
        await client.workflowService.describeNamespace({ namespace });
        return client.operatorService.listSearchAttributes({ namespace });
      });
      if (Object.keys(attributes).every((name) => name in known.customAttributes)) return;
    } catch (error) {
      // Refusals are what a starting server answers with; the caller's signal bounds the wait.
      if (signal.aborted) throw error;
    }
    await delay(pollIntervalMs, undefined, { signal });
  }
}

async function withConnection<Result>(
  options: ConnectionOptions,
  use: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  // Not Connection.connect: where that fails, it leaves its channel open, which tries again for ever.
  const connection = Connection.lazy({
    ...options,
    connectTimeout: connectTimeoutMs,
    // Not the connections of all: where one has long failed, they wait up to two minutes to try again.
    channelArgs: { ...options.channelArgs, 'grpc.use_local_subchannel_pool': 1 },
  });
  try {
    await connection.ensureConnected();
    return await connection.withDeadline(Date.now() + connectTimeoutMs, () => use(connection));
  } finally {
    await connection.close();
  }
}
