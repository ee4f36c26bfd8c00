import { find } from '../mesh/checks/find.ts';
import type { ClusterAccess } from './cluster.ts';
import type { CommandContext } from './context.ts';
import type { FoundResource } from './mesh-settings.ts';
import { readResource } from './mesh-settings.ts';
import type { GlobalOptions } from './options.ts';
import type { RotationReading } from './rotation-reading.ts';
import { isTemporalNamed } from './temporal-settings.ts';
import { runningIn, toldRotation } from './told-rotation.ts';

/** What is known about the rotation of a cluster, for views that can do without it. */
export type RotationSight =
  | { readonly kind: 'unknown'; readonly why: string }
  | ({ readonly kind: 'none' } & Told)
  | ({
      readonly kind: 'running';
      readonly rotationId: string;
      readonly condition: string;
      readonly phase?: string;
      readonly waitsFor?: string;
    } & Told)
  | ({ readonly kind: 'over'; readonly endedAt: string; readonly outcome: string } & Told);

/** Set where nobody has named a Temporal server: then the resource has told it. */
interface Told {
  readonly toldBy?: 'TrustAnchorRotation';
}

/**
 * Asks only a server that somebody has named, and the TrustAnchorRotation where nobody has; whatever
 * goes wrong is part of the answer.
 */
export async function sightRotation(
  { connectors, env, userName }: CommandContext,
  options: GlobalOptions,
  cluster: Pick<ClusterAccess, 'id' | 'kube'>,
): Promise<RotationSight> {
  if (!isTemporalNamed(options, env)) return sightOfTold(await readResource(cluster.kube));
  const found = await find(async () => {
    const { readStatus } = await import('./rotation-reading.ts');
    const temporal = await connectors.openTemporal({
      address: options.temporalAddress,
      namespace: options.temporalNamespace,
      identity: `linkerd-trust ${userName ?? 'nobody'}`,
      env,
    });
    try {
      return await readStatus(temporal.client, cluster.id);
    } finally {
      await temporal.close();
    }
  });
  return found.found ? sightOf(found.value) : { kind: 'unknown', why: found.why };
}

function sightOfTold(resource: FoundResource): RotationSight {
  const told = toldRotation(resource);
  if (told === undefined) {
    const why = 'no Temporal server is named (--temporal-address)';
    return { kind: 'unknown', why: resource.found ? why : `${why}; ${resource.why}` };
  }
  const toldBy = 'TrustAnchorRotation';
  const { phase, waiting, rotations } = told;
  const running = runningIn(told);
  if (running !== undefined) {
    const { id: rotationId, condition } = running;
    const waitsFor = waiting === undefined ? {} : { waitsFor: waiting.for };
    return { kind: 'running', rotationId, condition, phase, ...waitsFor, toldBy };
  }
  const [last] = rotations;
  if (last === undefined) return { kind: 'none', toldBy };
  return { kind: 'over', endedAt: last.endedAt, outcome: last.outcome, toldBy };
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
