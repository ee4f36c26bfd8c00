import type { Pod, ReplicaSet } from '../objects.ts';
import { PODS, REPLICA_SETS } from '../resources.ts';
import type { ObjectKey } from '../store.ts';
import { ownKey, ownerKey, startController } from './controller.ts';
import type { Controller } from './controller.ts';
import {
  MANAGER,
  createPod,
  deletePod,
  isActive,
  isAvailable,
  isReady,
  nextAvailableMs,
} from './pods.ts';
import type { WorkloadContext } from './pods.ts';

/** Kubernetes' order of victims: unscheduled, pending, not Ready, then the youngest. */
function victimOrder(a: Pod, b: Pod): number {
  const rank = (pod: Pod) =>
    (pod.spec.nodeName === undefined ? 0 : 4) +
    (pod.status?.phase === 'Running' ? 2 : 0) +
    (isReady(pod) ? 1 : 0);
  const age = a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1;
  return rank(a) - rank(b) || age;
}

function writeStatus(
  { api }: WorkloadContext,
  key: ObjectKey,
  replicaSet: ReplicaSet,
  active: Pod[],
): void {
  api.modify(REPLICA_SETS, key, {
    manager: MANAGER,
    subresource: 'status',
    edit: (draft) => {
      draft.status = {
        replicas: active.length,
        readyReplicas: active.filter(isReady).length,
        availableReplicas: active.filter((pod) => isAvailable(pod, replicaSet.spec.minReadySeconds))
          .length,
        observedGeneration: replicaSet.metadata.generation ?? 1,
      };
    },
  });
}

/** Keeps as many active pods as each ReplicaSet asks for. */
export function startReplicaSetController(context: WorkloadContext): Controller {
  const { api, tickMs } = context;

  async function scale(replicaSet: ReplicaSet, active: Pod[]): Promise<void> {
    const missing = (replicaSet.spec.replicas ?? 1) - active.length;
    const surplus = [...active].sort(victimOrder).slice(0, Math.max(0, -missing));
    for (const pod of surplus) deletePod(api, pod);
    const { template, ...rest } = replicaSet.spec;
    const generateName = `${replicaSet.metadata.name}-`;
    const creations = Array.from({ length: Math.max(0, missing) }, () =>
      createPod(context, { owner: replicaSet, template, generateName }),
    );
    const results = await Promise.allSettled(creations);
    const failed = results.find((result) => result.status === 'rejected');
    // One refusal is enough to come back later with backoff for the rest.
    if (failed !== undefined && rest.replicas !== 0) throw failed.reason;
  }

  async function reconcile(key: ObjectKey): Promise<number | undefined> {
    const replicaSet = api.store.get(REPLICA_SETS, key);
    if (replicaSet === undefined || replicaSet.metadata.deletionTimestamp !== undefined)
      return undefined;
    const activePods = () => api.store.ownedBy(replicaSet.metadata.uid, PODS).filter(isActive);
    try {
      await scale(replicaSet, activePods());
    } finally {
      if (api.store.get(REPLICA_SETS, key)) writeStatus(context, key, replicaSet, activePods());
    }
    return nextAvailableMs(activePods(), replicaSet.spec.minReadySeconds);
  }

  return startController({
    name: 'replicaset controller',
    store: api.store,
    sources: [
      { resource: REPLICA_SETS, keys: ownKey },
      { resource: PODS, keys: ownerKey('ReplicaSet') },
    ],
    reconcile,
    tickMs,
  });
}
