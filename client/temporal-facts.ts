import type { TemporalFacts } from '../domain/checks/facts.ts';
import { find } from '../mesh/checks/find.ts';
import type { CommandContext } from './context.ts';
import type { GlobalOptions } from './options.ts';
import { checkSearchAttributes, checkWorker } from './temporal-readiness.ts';
import { isTemporalNamed } from './temporal-settings.ts';

/**
 * What a rotation needs of Temporal, each part for itself; nothing is started. `undefined` where nobody
 * has named a server: one that happens to listen at the default address says nothing about this cluster.
 */
export async function readTemporalFacts(
  { connectors, env, userName }: CommandContext,
  options: GlobalOptions,
  cluster: string,
): Promise<TemporalFacts | undefined> {
  if (!isTemporalNamed(options, env)) return undefined;
  const opened = await find(() =>
    connectors.openTemporal({
      address: options.temporalAddress,
      namespace: options.temporalNamespace,
      identity: `linkerd-trust ${userName ?? 'nobody'}`,
      env,
    }),
  );
  if (!opened.found) {
    return { reachable: opened, searchAttributes: opened, worker: opened };
  }
  const temporal = opened.value;
  const { client } = temporal;
  try {
    const [searchAttributes, worker] = await Promise.all([
      find(() => checkSearchAttributes(client)),
      // Whoever asks for a check is told how it is now, not how it may be in a moment.
      find<true>(() => checkWorker(client, { cluster, timeoutMs: 0 }).then(() => true)),
    ]);
    return { reachable: { found: true, value: true }, searchAttributes, worker };
  } finally {
    await temporal.close();
  }
}
