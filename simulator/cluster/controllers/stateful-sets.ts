import type { Pod, StatefulSet } from '../objects.ts';
import { PODS, STATEFUL_SETS } from '../resources.ts';
import type { Controller } from './controller.ts';
import { createPod, deletePod, isActive, isReady, isTerminating } from './pods.ts';
import type { WorkloadContext } from './pods.ts';
import { REVISION_LABEL, recordRevision, templateOf } from './revisions.ts';
import { startWorkloadController } from './workload-controller.ts';

interface State {
  set: StatefulSet;
  replicas: number;
  /** Pods by ordinal, terminating ones included. */
  pods: Map<number, Pod>;
  currentRevision: string;
  updateRevision: string;
}

function ordinalOf(pod: Pod): number {
  return Number(pod.metadata.name.slice(pod.metadata.name.lastIndexOf('-') + 1));
}

function isHealthy(pod: Pod | undefined): boolean {
  return pod !== undefined && isActive(pod) && isReady(pod);
}

async function observe({ api }: WorkloadContext, set: StatefulSet): Promise<State> {
  const updateRevision = await recordRevision(api, set);
  const owned = api.store.ownedBy(set.metadata.uid, PODS);
  return {
    set,
    replicas: set.spec.replicas ?? 1,
    pods: new Map(owned.map((pod) => [ordinalOf(pod), pod])),
    currentRevision: set.status?.currentRevision ?? updateRevision,
    updateRevision,
  };
}

function partitionOf({ set }: State): number {
  return set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
}

/** Below the partition a pod is made from the old revision. */
function revisionFor(state: State, ordinal: number): string {
  const isRolling = (state.set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
  return isRolling && ordinal < partitionOf(state) ? state.currentRevision : state.updateRevision;
}

async function createReplica(
  context: WorkloadContext,
  state: State,
  ordinal: number,
): Promise<void> {
  const { set } = state;
  const revision = revisionFor(state, ordinal);
  const name = `${set.metadata.name}-${ordinal}`;
  await createPod(context, {
    owner: set,
    template: templateOf(context.api, set, revision),
    name,
    labels: {
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
      [REVISION_LABEL]: revision,
    },
  });
}

/** Creates what is missing and removes what is too many, one after the other unless Parallel. True when nothing was left to wait for. */
async function scale(context: WorkloadContext, state: State): Promise<boolean> {
  const { set, replicas, pods } = state;
  const isOrdered = set.spec.podManagementPolicy !== 'Parallel';
  for (let ordinal = 0; ordinal < replicas; ordinal++) {
    const pod = pods.get(ordinal);
    const ended = pod !== undefined && !isTerminating(pod) && !isActive(pod);
    if (ended) deletePod(context.api, pod);
    if (pod === undefined) await createReplica(context, state, ordinal);
    if (isOrdered && !isHealthy(pod)) return false;
  }
  const surplus = [...pods].filter(([ordinal]) => ordinal >= replicas).sort(([a], [b]) => b - a);
  for (const [, pod] of surplus) {
    deletePod(context.api, pod);
    if (isOrdered) return false;
  }
  return surplus.length === 0;
}

/** RollingUpdate: from the highest ordinal down to the partition, each only after all above it are healthy again. */
function update({ api }: WorkloadContext, state: State): void {
  const { set, replicas, pods, updateRevision } = state;
  if (set.spec.updateStrategy?.type === 'OnDelete') return;
  for (let ordinal = replicas - 1; ordinal >= partitionOf(state); ordinal--) {
    const pod = pods.get(ordinal);
    if (pod !== undefined && pod.metadata.labels?.[REVISION_LABEL] !== updateRevision) {
      deletePod(api, pod);
      return;
    }
    if (!isHealthy(pod)) return;
  }
}

function statusOf(state: State): NonNullable<StatefulSet['status']> {
  const { set, replicas, updateRevision } = state;
  const pods = [...state.pods.values()];
  const of = (revision: string) =>
    pods.filter((pod) => isActive(pod) && pod.metadata.labels?.[REVISION_LABEL] === revision)
      .length;
  const ready = pods.filter((pod) => isActive(pod) && isReady(pod));
  const isRolling = set.spec.updateStrategy?.type !== 'OnDelete';
  const isDone = isRolling && of(updateRevision) === replicas && ready.length === replicas;
  const currentRevision = isDone ? updateRevision : state.currentRevision;
  return {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    readyReplicas: ready.length,
    availableReplicas: ready.length,
    currentReplicas: of(currentRevision),
    updatedReplicas: of(updateRevision),
    currentRevision,
    updateRevision,
  };
}

/** Runs StatefulSets: stable names, ordered creation, rolling update from the top. */
export function startStatefulSetController(context: WorkloadContext): Controller {
  return startWorkloadController(context, {
    resource: STATEFUL_SETS,
    async sync(set) {
      const state = await observe(context, set);
      if (await scale(context, state)) update(context, state);
    },
    statusOf: async (set) => statusOf(await observe(context, set)),
  });
}
