import { setTimeout as delay } from 'node:timers/promises';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';

/** Where a worker finds its work. */
export interface TemporalAccess {
  readonly connection: NativeConnection;
  readonly namespace: string;
}

/** Temporal's own default for a server that nobody names. */
const defaultAddress = 'localhost:7233';
/** The SDK itself waits for ever for a server that accepts and says nothing. */
const answerTimeoutMs = 20_000;

/**
 * Connects as every Temporal worker does: `TEMPORAL_*` variables, then the profile of Temporal's
 * configuration file.
 *
 * @throws Error that names what was tried, what happened and the next step
 */
export async function connectTemporal(): Promise<TemporalAccess> {
  const { connectionOptions, namespace = 'default' } = readSettings();
  const { address = defaultAddress } = connectionOptions;
  const connection = await withinTime(NativeConnection.connect(connectionOptions)).catch(
    (error: unknown) => {
      throw failure(`reach Temporal at ${address}`, error, {
        nextStep:
          'start a Temporal server (temporal server start-dev) or name one with TEMPORAL_ADDRESS, with TEMPORAL_TLS and TEMPORAL_API_KEY as it wants them; then start the worker again',
      });
    },
  );
  try {
    await withinTime(connection.workflowService.describeNamespace({ namespace }));
  } catch (error) {
    await connection.close();
    throw failure(`open namespace ${namespace} of Temporal at ${address}`, error, {
      nextStep: `create it (temporal operator namespace create ${namespace}), or name another with TEMPORAL_NAMESPACE, and check what TEMPORAL_API_KEY or the client certificate may do`,
    });
  }
  return { connection, namespace };
}

function readSettings(): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig();
  } catch (error) {
    throw failure("read Temporal's settings", error, {
      nextStep: 'correct TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE or the TEMPORAL_TLS_* variables',
    });
  }
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
