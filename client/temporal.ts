import type { ConnectionOptions } from '@temporalio/client';
import { Client, Connection } from '@temporalio/client';
import { dataConverter } from '../activities/data-converter.ts';
import { CommandError } from './command-error.ts';
import { ExitCode } from './exit-codes.ts';
import { grpcProblem, temporalError } from './temporal-errors.ts';
import { readTemporalSettings } from './temporal-settings.ts';

export interface TemporalOptions {
  /** Beats the environment and the profile. */
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
  /** Written to the history beside everything that this client does. */
  readonly identity: string;
  readonly env: NodeJS.ProcessEnv;
}

/** An open connection to one namespace. */
export interface TemporalAccess {
  readonly client: Client;
  readonly address: string;
  readonly namespace: string;
  close(): Promise<void>;
}

/** Temporal's own default for a server that nobody names. */
const defaultAddress = 'localhost:7233';
/** For connection and first answer together: with the start of this process below the 5 s that a person waits. */
const answerTimeoutMs = 3_000;
/** gRPC's own is two minutes: a watch would be that late when a server comes back after a long outage. */
const longestReconnectBackoffMs = 5_000;

const howToReach =
  'start a Temporal server (temporal server start-dev), or name one with --temporal-address or TEMPORAL_ADDRESS';

/**
 * Connects as every Temporal client does: `TEMPORAL_*` variables, then the profile of Temporal's
 * configuration file. No private key gets into what is sent.
 *
 * @throws CommandError within 5 s when the server does not answer or has no such namespace
 */
export async function openTemporal(options: TemporalOptions): Promise<TemporalAccess> {
  const { connection: settings, address, namespace } = settingsOf(options);
  const deadlineMs = Date.now() + answerTimeoutMs;
  const connection = await connect(settings, address);
  try {
    await checkNamespace(connection, { address, namespace, deadlineMs });
  } catch (error) {
    await connection.close();
    throw error;
  }
  const client = new Client({
    connection,
    namespace,
    identity: options.identity,
    dataConverter,
  });
  return { client, address, namespace, close: () => connection.close() };
}

interface TemporalSettings {
  readonly connection: ConnectionOptions;
  readonly address: string;
  readonly namespace: string;
}

function settingsOf({ env, address, namespace }: TemporalOptions): TemporalSettings {
  const given = readTemporalSettings(env);
  const settled = address ?? given.connection.address ?? defaultAddress;
  return {
    connection: { ...given.connection, address: settled },
    address: settled,
    namespace: namespace ?? given.namespace ?? 'default',
  };
}

async function connect(settings: ConnectionOptions, address: string): Promise<Connection> {
  try {
    return await Connection.connect({
      ...settings,
      connectTimeout: answerTimeoutMs,
      channelArgs: {
        ...settings.channelArgs,
        'grpc.max_reconnect_backoff_ms': longestReconnectBackoffMs,
      },
    });
  } catch (error) {
    throw new CommandError(ExitCode.temporal, {
      tried: `reach Temporal at ${address}`,
      happened: grpcProblem(error) ?? `no answer within ${String(answerTimeoutMs / 1_000)} s`,
      nextStep: howToReach,
      cause: error,
    });
  }
}

async function checkNamespace(
  connection: Connection,
  {
    address,
    namespace,
    deadlineMs,
  }: { readonly address: string; readonly namespace: string; readonly deadlineMs: number },
): Promise<void> {
  try {
    await connection.withDeadline(deadlineMs, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (error) {
    throw temporalError(`open namespace ${namespace} of Temporal at ${address}`, error, {
      nextStep: `create it (temporal operator namespace create ${namespace}), or name another with --temporal-namespace`,
    });
  }
}
