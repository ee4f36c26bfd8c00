import type { ConnectionOptions } from '@temporalio/client';
import { readTemporalEnvironment } from '../activities/temporal-environment.ts';
import { CommandError } from './command-error.ts';
import { ExitCode } from './exit-codes.ts';

/** What `TEMPORAL_*` variables and the profile of Temporal's configuration file say, where they say it. */
interface GivenSettings {
  readonly connection: ConnectionOptions;
  readonly namespace: string | undefined;
}

/** @throws CommandError with what cannot be read of the settings */
export function readTemporalSettings(env: NodeJS.ProcessEnv): GivenSettings {
  try {
    const config = readTemporalEnvironment(env);
    return { connection: config.connectionOptions, namespace: config.namespace };
  } catch (error) {
    throw new CommandError(ExitCode.temporal, {
      tried: "read Temporal's settings",
      happened: error instanceof Error ? error.message : String(error),
      nextStep: 'correct TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE or the TEMPORAL_TLS_* variables',
      cause: error,
    });
  }
}

/**
 * Whether anybody has named a server. What listens at the address that Temporal's clients try by
 * default may be anything, and is nobody's answer about this cluster.
 */
export function isTemporalNamed(
  { temporalAddress }: { readonly temporalAddress?: string | undefined },
  env: NodeJS.ProcessEnv,
): boolean {
  if (temporalAddress !== undefined) return true;
  try {
    return readTemporalSettings(env).connection.address !== undefined;
  } catch {
    // A profile with a mistake is meant; whoever connects says what is wrong with it.
    return true;
  }
}
