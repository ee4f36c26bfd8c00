import { loadClientConnectConfig } from '@temporalio/envconfig';
import { filledVariables } from '../mesh/filled-variables.ts';

export type TemporalEnvironment = ReturnType<typeof loadClientConnectConfig>;

/**
 * What `TEMPORAL_*` variables and the profile of Temporal's configuration file say, read as every
 * Temporal client does, but that one that is empty counts as not set.
 *
 * @throws Error with what cannot be read of it
 */
export function readTemporalEnvironment(env: NodeJS.ProcessEnv): TemporalEnvironment {
  return loadClientConnectConfig({ overrideEnvVars: { ...filledVariables(env) } });
}
