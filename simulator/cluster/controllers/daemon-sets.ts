import type { DaemonSet, Pod } from '../objects.ts';
import { DAEMON_SETS, NODES, PODS } from '../resources.ts';
import type { Controller } from './controller.ts';
import { createPod, deletePod, isActive, isReady, rollingLimits } from './pods.ts';
import type { WorkloadContext } from './pods.ts';
import { REVISION_LABEL, recordRevision } from './revisions.ts';
import { pinOf, pinnedTo } from './scheduler.ts';
import { startWorkloadController } from './workload-controller.ts';

interface State {
  set: DaemonSet;
  revision: string;
  /** Nodes that should run the daemon, each with its pod, if any; terminating pods included. */
  nodes: Map<string, Pod | undefined>;
  misplaced: Pod[];
}

async function observe({ api }: WorkloadContext, set: DaemonSet): Promise<State> {
  const nodes = new Map<string, Pod | undefined>(
    api.store.list(NODES).map(({ metadata }) => [metadata.name, undefined]),
  );
  const misplaced: Pod[] = [];
  for (const pod of api.store.ownedBy(set.metadata.uid, PODS)) {
    const node = pod.spec.nodeName ?? pinOf(pod) ?? '';
    if (nodes.has(node)) nodes.set(node, pod);
    else misplaced.push(pod);
  }
  return { set, revision: await recordRevision(api, set), nodes, misplaced };
}

function hashOf({ set, revision }: State): string {
  return revision.slice(set.metadata.name.length + 1);
}

async function place(context: WorkloadContext, state: State): Promise<void> {
  const { set, nodes, misplaced } = state;
  for (const pod of misplaced) deletePod(context.api, pod);
  for (const [node, pod] of nodes) {
    if (pod !== undefined) {
      if (!isActive(pod)) deletePod(context.api, pod);
      continue;
    }
    const { template } = set.spec;
    await createPod(context, {
      owner: set,
      template,
      generateName: `${set.metadata.name}-`,
      labels: {
        [REVISION_LABEL]: hashOf(state),
        'pod-template-generation': String(set.metadata.generation ?? 1),
      },
      affinity: pinnedTo(node),
    });
  }
}

/** RollingUpdate: replaces old pods while no more than maxUnavailable nodes are without an available one. */
function update({ api }: WorkloadContext, state: State): void {
  const { set, nodes } = state;
  const { updateStrategy } = set.spec;
  if (updateStrategy?.type === 'OnDelete') return;
  const limits = { maxSurge: 0, ...updateStrategy?.rollingUpdate };
  const { unavailable: most } = rollingLimits({ maxUnavailable: 1, ...limits }, nodes.size);
  const pods = [...nodes.values()];
  const works = (pod: Pod | undefined) => pod !== undefined && isActive(pod) && isReady(pod);
  const old = pods.filter(
    (pod): pod is Pod =>
      pod !== undefined && isActive(pod) && pod.metadata.labels?.[REVISION_LABEL] !== hashOf(state),
  );
  const budget = Math.max(0, most - pods.filter((pod) => !works(pod)).length);
  // An old pod that does not work costs nothing to replace.
  const broken = old.filter((pod) => !works(pod));
  for (const pod of [...broken, ...old.filter(works).slice(0, budget)]) deletePod(api, pod);
}

function statusOf(state: State): NonNullable<DaemonSet['status']> {
  const { set, nodes, misplaced } = state;
  const pods = [...nodes.values()].filter((pod): pod is Pod => pod !== undefined && isActive(pod));
  const available = pods.filter(isReady).length;
  return {
    observedGeneration: set.metadata.generation ?? 1,
    desiredNumberScheduled: nodes.size,
    currentNumberScheduled: pods.length,
    numberMisscheduled: misplaced.length,
    numberReady: available,
    numberAvailable: available,
    numberUnavailable: nodes.size - available,
    updatedNumberScheduled: pods.filter(
      (pod) => pod.metadata.labels?.[REVISION_LABEL] === hashOf(state),
    ).length,
  };
}

/** Runs one pod of each DaemonSet on each node. */
export function startDaemonSetController(context: WorkloadContext): Controller {
  const allSets = () =>
    context.api.store
      .list(DAEMON_SETS)
      .map(({ metadata: { namespace, name } }) => ({ namespace, name }));
  return startWorkloadController(context, {
    resource: DAEMON_SETS,
    async sync(set) {
      const state = await observe(context, set);
      await place(context, state);
      update(context, state);
    },
    statusOf: async (set) => statusOf(await observe(context, set)),
    sources: [{ resource: NODES, keys: allSets }],
  });
}
