import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { dataConverter } from '../activities/data-converter.ts';
import type { TemporalEnvironment } from '../activities/temporal-environment.ts';
import { readTemporalEnvironment } from '../activities/temporal-environment.ts';
import type { Clock } from '../mesh/observation/clock.ts';
import type { Log } from '../mesh/observation/log.ts';

/** Where a worker finds its work. */
export interface TemporalSettings {
  readonly connectionOptions: TemporalEnvironment['connectionOptions'];
  readonly address: string;
  readonly namespace: string;
}

/** Temporal's own default for a server that nobody names. */
const defaultAddress = 'localhost:7233';
/** The SDK itself waits for ever for a server that accepts and says nothing. */
const answerTimeoutMs = 20_000;
const shortestPauseMs = 1_000;
const longestPauseMs = 30_000;
/** gRPC's own is two minutes: an operator would be that late when a server comes back. */
const longestReconnectBackoffMs = 5_000;

/** Nobody answers, which passes; every other error is one that a person has to cure. */
class TemporalAwayError extends Error {
  override readonly name = 'TemporalAwayError';
}

/**
 * As every Temporal worker finds its server: `TEMPORAL_*` variables, then the profile of Temporal's
 * configuration file.
 *
 * @throws Error with the next step when they cannot be read
 */
export function readTemporalSettings(): TemporalSettings {
  try {
    const { connectionOptions, namespace = 'default' } = readTemporalEnvironment(process.env);
    return { connectionOptions, address: connectionOptions.address ?? defaultAddress, namespace };
  } catch (error) {
    throw failure("read Temporal's settings", error, {
      nextStep: 'correct TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE or the TEMPORAL_TLS_* variables',
    });
  }
}

/** A client whose requests fail for as long as the server is away, and succeed once it is there. */
export function openClient({ connectionOptions, namespace }: TemporalSettings): Client {
  const connection = Connection.lazy({
    ...connectionOptions,
    channelArgs: { 'grpc.max_reconnect_backoff_ms': longestReconnectBackoffMs },
  });
  return new Client({ connection, namespace, identity: 'linkerd-trust operator', dataConverter });
}

/**
 * Connects, however long the server is away.
 *
 * @throws Error that names what was tried, what happened and the next step, where the server refuses; the
 * reason of `signal` when it is aborted meanwhile
 */
export async function awaitTemporal(
  settings: TemporalSettings,
  {
    clock,
    log,
    signal,
  }: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal },
): Promise<NativeConnection> {
  let pauseMs = shortestPauseMs;
  let told = '';
  for (;;) {
    try {
      return await connect(settings);
    } catch (error) {
      if (!(error instanceof TemporalAwayError)) throw error;
      const reason = error.message;
      if (reason !== told) log.warn({ reason }, 'Temporal is away; it is tried again');
      told = reason;
    }
    await clock.sleep(pauseMs, signal);
    pauseMs = Math.min(2 * pauseMs, longestPauseMs);
  }
}

async function connect(settings: TemporalSettings): Promise<NativeConnection> {
  const { connectionOptions, address, namespace } = settings;
  const connection = await withinTime(NativeConnection.connect(connectionOptions)).catch(
    (error: unknown) => {
      throw away(
        failure(`reach Temporal at ${address}`, error, {
          nextStep:
            'start a Temporal server (temporal server start-dev) or name one with TEMPORAL_ADDRESS, with TEMPORAL_TLS and TEMPORAL_API_KEY as it wants them',
        }),
      );
    },
  );
  try {
    await withinTime(connection.workflowService.describeNamespace({ namespace }));
  } catch (error) {
    await connection.close();
    const failed = failure(`open namespace ${namespace} of Temporal at ${address}`, error, {
      nextStep: `create it (temporal operator namespace create ${namespace}), or name another with TEMPORAL_NAMESPACE, and check what TEMPORAL_API_KEY or the client certificate may do`,
    });
    throw isRefusal(error) ? failed : away(failed);
  }
  return connection;
}

/** `grpc.status` numbers of a server that has understood and does not do it. */
const refusals: readonly number[] = [3, 5, 7, 12, 16];

function isRefusal(error: unknown): boolean {
  return isGrpcServiceError(error) && refusals.includes(error.code);
}

function away({ message, cause }: Error): TemporalAwayError {
  return new TemporalAwayError(message, { cause });
}

async function withinTime<Answer>(asked: Promise<Answer>): Promise<Answer> {
  const over = new AbortController();
  const late = delay(answerTimeoutMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`no answer within ${String(answerTimeoutMs / 1_000)} s`);
  });
  // Cut short once there is an answer.
  late.catch(() => undefined);
  try {
    return await Promise.race([asked, late]);
  } finally {
    over.abort();
  }
}

function failure(
  tried: string,
  cause: unknown,
  { nextStep }: { readonly nextStep: string },
): Error {
  const happened = wordsOf(cause instanceof Error ? cause.message : String(cause));
  return new Error(`Could not ${tried}: ${happened}. Next step: ${nextStep}.`, { cause });
}

/** The SDK's core prints its errors as Rust structures, around what the operating system said. */
function wordsOf(message: string): string {
  const [, words] = /\b(?:message|error): "([^"]+)"/.exec(message) ?? [];
  return words ?? message.replace(/\.$/, '');
}
