import type { Pod, ReplicaSet } from '../objects.ts';
import { PODS, REPLICA_SETS } from '../resources.ts';
import type { Controller } from './controller.ts';
import { createPod, deletePod, isActive, isReady } from './pods.ts';
import type { WorkloadContext } from './pods.ts';
import { startWorkloadController } from './workload-controller.ts';

/** Kubernetes' order of victims: unscheduled, pending, not Ready, then the youngest. */
function victimOrder(a: Pod, b: Pod): number {
  const rank = (pod: Pod) =>
    (pod.spec.nodeName === undefined ? 0 : 4) +
    (pod.status?.phase === 'Running' ? 2 : 0) +
    (isReady(pod) ? 1 : 0);
  const age = a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1;
  return rank(a) - rank(b) || age;
}

function activePods({ api }: WorkloadContext, { metadata }: ReplicaSet): Pod[] {
  return api.store.ownedBy(metadata.uid, PODS).filter(isActive);
}

async function scale(context: WorkloadContext, replicaSet: ReplicaSet): Promise<void> {
  const active = activePods(context, replicaSet);
  const { replicas = 1, template } = replicaSet.spec;
  const missing = replicas - active.length;
  const surplus = active.sort(victimOrder).slice(0, Math.max(0, -missing));
  for (const pod of surplus) deletePod(context.api, pod);
  const generateName = `${replicaSet.metadata.name}-`;
  const creations = Array.from({ length: Math.max(0, missing) }, () =>
    createPod(context, { owner: replicaSet, template, generateName }),
  );
  const results = await Promise.allSettled(creations);
  const failed = results.find((result) => result.status === 'rejected');
  // One refusal is enough to come back later with backoff for the rest.
  if (failed !== undefined) throw failed.reason;
}

/** Keeps as many active pods as each ReplicaSet asks for. */
export function startReplicaSetController(context: WorkloadContext): Controller {
  return startWorkloadController(context, {
    resource: REPLICA_SETS,
    sync: (replicaSet) => scale(context, replicaSet),
    statusOf(replicaSet) {
      const active = activePods(context, replicaSet);
      const readyReplicas = active.filter(isReady).length;
      return Promise.resolve({
        replicas: active.length,
        readyReplicas,
        availableReplicas: readyReplicas,
        observedGeneration: replicaSet.metadata.generation ?? 1,
      });
    },
  });
}
