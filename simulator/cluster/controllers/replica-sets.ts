import { KubeError } from '../kube-error.ts';
import type { Condition, Pod, ReplicaSet } from '../objects.ts';
import { PODS, REPLICA_SETS } from '../resources.ts';
import { withCondition } from './conditions.ts';
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
  /** Why the last try to create a pod failed, by UID of the ReplicaSet. */
  const refusals = new Map<string, KubeError>();

  async function sync(replicaSet: ReplicaSet): Promise<void> {
    const { uid } = replicaSet.metadata;
    try {
      await scale(context, replicaSet);
      refusals.delete(uid);
    } catch (error) {
      if (error instanceof KubeError) refusals.set(uid, error);
      throw error;
    }
  }

  return startWorkloadController(context, {
    resource: REPLICA_SETS,
    sync,
    statusOf(replicaSet) {
      const active = activePods(context, replicaSet);
      const readyReplicas = active.filter(isReady).length;
      return Promise.resolve({
        replicas: active.length,
        readyReplicas,
        availableReplicas: readyReplicas,
        observedGeneration: replicaSet.metadata.generation ?? 1,
        conditions: failureOf(replicaSet, refusals.get(replicaSet.metadata.uid)),
      });
    },
  });
}

function failureOf({ status }: ReplicaSet, refusal: KubeError | undefined): Condition[] {
  if (refusal === undefined) return [];
  const { message } = refusal;
  const type = 'ReplicaFailure';
  return withCondition(status?.conditions, {
    type,
    status: 'True',
    reason: 'FailedCreate',
    message,
  });
}
