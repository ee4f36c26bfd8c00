import { loadClientConnectConfig } from '@temporalio/envconfig';

export type TemporalEnvironment = ReturnType<typeof loadClientConnectConfig>;

/**
 * What `TEMPORAL_*` variables and the profile of Temporal's configuration file say, read as every
 * Temporal client does. A variable that is empty counts as not set: pipelines and manifests hand over
 * what nobody has filled in as an empty text.
 *
 * @throws Error with what cannot be read of it
 */
export function readTemporalEnvironment(env: NodeJS.ProcessEnv): TemporalEnvironment {
  const filled = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as const],
  );
  return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(filled) });
}
