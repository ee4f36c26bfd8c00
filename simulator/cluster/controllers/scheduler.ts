import { z } from 'zod';
import type { ClusterApi } from '../api/cluster-api.ts';
import type { Node, Pod } from '../objects.ts';
import { NODES, PODS } from '../resources.ts';
import type { ObjectKey } from '../store.ts';
import { withCondition } from './conditions.ts';
import { ownKey, startController } from './controller.ts';
import type { Controller } from './controller.ts';
import type { WorkloadContext } from './pods.ts';

/** The one form of affinity that is read: the node name the DaemonSet controller pins its pods to. */
const pinSchema = z.object({
  nodeAffinity: z.object({
    requiredDuringSchedulingIgnoredDuringExecution: z.object({
      nodeSelectorTerms: z.array(
        z.object({
          matchFields: z.array(z.object({ key: z.string(), values: z.array(z.string()) })),
        }),
      ),
    }),
  }),
});

/** Affinity of a pod that belongs on one node. */
export function pinnedTo(node: string): object {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  const nodeSelectorTerms = [{ matchFields }];
  return {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
  };
}

/** The node a pod is pinned to, if any. */
export function pinOf(pod: Pod): string | undefined {
  const parsed = pinSchema.safeParse(pod.spec.affinity);
  const terms =
    parsed.data?.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms;
  return terms?.[0]?.matchFields[0]?.values[0];
}

function fits(pod: Pod, node: Node): boolean {
  const pin = pinOf(pod);
  // DaemonSet pods tolerate a cordoned node.
  return pin === undefined ? !node.spec?.unschedulable : node.metadata.name === pin;
}

function isUnbound(pod: Pod): boolean {
  return pod.spec.nodeName === undefined && pod.metadata.deletionTimestamp === undefined;
}

function bind(api: ClusterApi, key: ObjectKey, node: string): void {
  const manager = 'kube-scheduler';
  api.modify(PODS, key, {
    manager,
    edit: (draft) => {
      draft.spec.nodeName = node;
    },
  });
  api.modify(PODS, key, {
    manager,
    subresource: 'status',
    edit: (draft) => {
      const condition = { type: 'PodScheduled', status: 'True' as const };
      const conditions = withCondition(draft.status?.conditions, condition);
      draft.status = { ...draft.status, conditions };
    },
  });
}

/** Binds pods to nodes in turn. */
export function startScheduler({ api, tickMs }: WorkloadContext): Controller {
  const { store } = api;
  let turn = 0;

  function unboundPods(): ObjectKey[] {
    const pods = store.list(PODS).filter(isUnbound);
    return pods.map(({ metadata: { namespace, name } }) => ({ namespace, name }));
  }

  return startController({
    name: 'scheduler',
    store,
    sources: [
      { resource: PODS, keys: (event) => (event.type === 'ADDED' ? ownKey(event) : []) },
      { resource: NODES, keys: unboundPods },
    ],
    reconcile(key) {
      const pod = store.get(PODS, key);
      if (pod !== undefined && isUnbound(pod)) {
        const nodes = store.list(NODES).filter((node) => fits(pod, node));
        const node = nodes[turn++ % Math.max(1, nodes.length)];
        // Without a fitting node the pod stays Pending until the nodes change.
        if (node !== undefined) bind(api, key, node.metadata.name);
      }
      return Promise.resolve(undefined);
    },
    tickMs,
  });
}
