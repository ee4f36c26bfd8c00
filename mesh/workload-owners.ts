import { z } from 'zod';
import type { WorkloadRef } from '../domain/survey.ts';
import type { Kube } from './kubernetes/kube.ts';
import { resources } from './kubernetes/resources.ts';

const ownerReference = z.object({
  kind: z.string(),
  name: z.string(),
  controller: z.boolean().optional(),
});

/** Metadata of an object that another one may own; parse pods with it. */
export const ownedMetadata = z.object({
  name: z.string(),
  namespace: z.string(),
  ownerReferences: z.array(ownerReference).optional(),
});
export type OwnedMetadata = z.infer<typeof ownedMetadata>;

const replicaSetObject = z.object({ metadata: ownedMetadata });

/** Finds what owns pods. One an observation: it remembers the ReplicaSets it read. */
export interface OwnerResolver {
  /** The workload a person would restart: `Pod` for a bare pod, the owner's own kind for what we do not know. */
  resolve(pod: OwnedMetadata): Promise<WorkloadRef>;
}

/**
 * A pod of a Deployment is owned by a ReplicaSet, and only that names the Deployment. All
 * ReplicaSets are listed once (metadata only) when the first such pod is met: one paged list instead
 * of a request for each.
 */
export function createOwnerResolver(kube: Kube): OwnerResolver {
  let listed: Promise<Map<string, OwnedMetadata>> | undefined;

  async function replicaSet(namespace: string, name: string): Promise<OwnedMetadata | undefined> {
    listed ??= listReplicaSets(kube);
    const known = (await listed).get(`${namespace}/${name}`);
    if (known !== undefined) return known;
    // Younger than the list: a rollout began meanwhile.
    const ref = { type: resources.replicaSets, namespace, name };
    return (await kube.get(ref, replicaSetObject))?.metadata;
  }

  return {
    resolve: async (pod) => {
      const { namespace } = pod;
      const owner = controllerOf(pod);
      if (owner === undefined) return { kind: 'Pod', namespace, name: pod.name };
      if (owner.kind !== 'ReplicaSet') return { kind: owner.kind, namespace, name: owner.name };
      const metadata = await replicaSet(namespace, owner.name);
      const above = metadata === undefined ? undefined : controllerOf(metadata);
      // A ReplicaSet of an Argo Rollout names the Rollout here, which is not restarted by a patch of ours.
      return { kind: above?.kind ?? 'ReplicaSet', namespace, name: above?.name ?? owner.name };
    },
  };
}

async function listReplicaSets(kube: Kube): Promise<Map<string, OwnedMetadata>> {
  const all = await kube.list(resources.replicaSets, replicaSetObject, { metadataOnly: true });
  return new Map(all.map(({ metadata }) => [`${metadata.namespace}/${metadata.name}`, metadata]));
}

function controllerOf(object: OwnedMetadata): { kind: string; name: string } | undefined {
  return object.ownerReferences?.find(({ controller }) => controller === true);
}
