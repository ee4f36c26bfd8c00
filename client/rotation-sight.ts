import { find } from '../mesh/checks/find.ts';
import type { CommandContext } from './context.ts';
import type { GlobalOptions } from './options.ts';
import type { RotationReading } from './rotation-reading.ts';
import { isTemporalNamed } from './temporal-facts.ts';

/** What Temporal says about the rotation of a cluster, for views that can do without it. */
export type RotationSight =
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'none' }
  | {
      readonly kind: 'running';
      readonly rotationId: string;
      readonly condition: string;
      readonly phase?: string;
      readonly waitsFor?: string;
    }
  | { readonly kind: 'over'; readonly endedAt: string; readonly outcome: string };

/** Asks only a server that somebody has named; whatever goes wrong is part of the answer. */
export async function sightRotation(
  { connectors, env, userName }: CommandContext,
  options: GlobalOptions,
  cluster: string,
): Promise<RotationSight> {
  if (!isTemporalNamed(options, env)) {
    return { kind: 'unknown', why: 'no Temporal server is named (--temporal-address)' };
  }
  const found = await find(async () => {
    const { readStatus } = await import('./rotation-reading.ts');
    const temporal = await connectors.openTemporal({
      address: options.temporalAddress,
      namespace: options.temporalNamespace,
      identity: `linkerd-trust ${userName ?? 'nobody'}`,
      env,
    });
    try {
      return await readStatus(temporal.client, cluster);
    } finally {
      await temporal.close();
    }
  });
  return found.found ? sightOf(found.value) : { kind: 'unknown', why: found.why };
}

function sightOf(reading: RotationReading): RotationSight {
  switch (reading.kind) {
    case 'none':
      return { kind: 'none' };
    case 'running': {
      const { rotationId, condition, phase, waiting } = reading.status.state;
      return {
        kind: 'running',
        rotationId,
        condition,
        ...(phase === undefined ? {} : { phase }),
        ...(waiting === undefined ? {} : { waitsFor: waiting.for }),
      };
    }
    case 'ended':
      return { kind: 'over', endedAt: reading.endedAt, outcome: reading.report.outcome };
    case 'stopped':
      return { kind: 'over', endedAt: reading.endedAt, outcome: reading.reason };
  }
}
