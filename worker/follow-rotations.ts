import type { ResourceTelling } from '../activities/dependencies.ts';
import { readClusterId } from '../mesh/cluster-id.ts';
import type { Kube } from '../mesh/kubernetes/kube.ts';
import { systemClock } from '../mesh/observation/clock.ts';
import type { Log } from '../mesh/observation/log.ts';
import type { RotationResource } from '../mesh/resource/rotation-resource.ts';
import type { WorkerConfiguration } from './configuration.ts';
import type { Metrics } from './metrics.ts';
import type { ObjectsInUse } from './objects-in-use.ts';
import { createOperator } from './operator/create-operator.ts';
import { createRotationEngine } from './operator/engine.ts';
import { RotationsInSight } from './rotations-in-sight.ts';
import type { TemporalSettings } from './temporal.ts';
import { openClient } from './temporal.ts';

export interface FollowRotationsParts {
  readonly configuration: WorkerConfiguration;
  readonly settings: TemporalSettings;
  readonly kube: Kube;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly objects: ObjectsInUse;
}

/** What a worker does beside its work: telling how rotations stand, and as an operator what the resource asks for. */
export interface RotationFollowing {
  /** What the rotations of this worker tell how they stand. */
  readonly resource: ResourceTelling;
  stop(): Promise<void>;
}

/** Begins at once, whether Temporal is there or not: what it cannot be asked is told as such. */
export async function followRotations(parts: FollowRotationsParts): Promise<RotationFollowing> {
  const { configuration, settings, kube, log, metrics, objects } = parts;
  const cluster = { id: await readClusterId(kube), name: configuration.clusterName };
  const client = openClient(settings);
  const engine = createRotationEngine(client, cluster.id);
  const inSight = new RotationsInSight((status) => metrics.rotation.told(status));
  const onResource = (resource: RotationResource | undefined): void => {
    inSight.follow(resource);
    objects.follow(resource);
  };
  const { namespace } = settings;
  const operator = configuration.isOperator
    ? createOperator({ ...configuration, kube, engine, cluster, namespace, log, onResource })
    : undefined;
  operator?.start();
  const stopping = new AbortController();
  const watching = inSight.watch(engine, systemClock, stopping.signal);
  return {
    resource: operator === undefined ? inSight.telling : inSight.beside(operator.telling),
    stop: async () => {
      stopping.abort();
      await operator?.stop();
      await watching;
      await client.connection.close();
    },
  };
}
