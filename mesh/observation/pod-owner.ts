import type { WorkloadRef } from '../../domain/survey.ts';
import type { OwnedMetadata, OwnerResolver } from '../workload-owners.ts';
import type { PodObject } from './pod-object.ts';

/**
 * The injector labels a pod with what owns it in the end (linkerd2 `pkg/inject/inject.go`). A
 * ReplicaSet's label is left out: above it there may stand something that the injector does not know.
 */
const ownerLabels: readonly (readonly [label: string, kind: string])[] = [
  ['linkerd.io/proxy-deployment', 'Deployment'],
  ['linkerd.io/proxy-statefulset', 'StatefulSet'],
  ['linkerd.io/proxy-daemonset', 'DaemonSet'],
  ['linkerd.io/proxy-cronjob', 'CronJob'],
  ['linkerd.io/proxy-job', 'Job'],
  ['linkerd.io/proxy-replicationcontroller', 'ReplicationController'],
];

/** What a pod itself says about its owner: the workload by label, or what is needed to look it up. */
export type Owner = { readonly labelled: WorkloadRef } | { readonly owned: OwnedMetadata };

export function ownerOf({ metadata }: PodObject): Owner {
  const { namespace, name, labels, ownerReferences } = metadata;
  for (const [label, kind] of ownerLabels) {
    const owner = labels[label];
    if (owner !== undefined) return { labelled: { kind, namespace, name: owner } };
  }
  return { owned: { name, namespace, ownerReferences } };
}

export function resolveOwner(owner: Owner, resolver: OwnerResolver): Promise<WorkloadRef> {
  return 'labelled' in owner ? Promise.resolve(owner.labelled) : resolver.resolve(owner.owned);
}
