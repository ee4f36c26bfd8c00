import type { WorkloadRef } from '../../domain/survey.ts';
import { findCondition, isTrue } from '../conditions.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { resources } from '../kubernetes/resources.ts';
import { createOwnerResolver } from '../workload-owners.ts';
import type { PodEndpoint } from './pod-endpoint.ts';
import type { PodObject } from './pod-object.ts';
import { findContainer, hasEnded, podObject, portOf } from './pod-object.ts';
import { ownerOf, resolveOwner } from './pod-owner.ts';
import { componentLabel } from './proxies.ts';

/** One process of the control plane that is asked by itself. */
export interface Replica {
  readonly pod: string;
  readonly workload: WorkloadRef;
  /** ISO 8601 in UTC. */
  readonly createdAt?: string;
  /** When its container started; absent while it does not run. */
  readonly startedAt?: string;
  /** Absent while the pod has no address. */
  readonly endpoint?: PodEndpoint;
  readonly isTerminating?: true;
  /** Its Service sends nobody to it. */
  readonly isDown?: true;
  readonly args: readonly string[];
}

export interface ReplicaKind {
  /** Value of the label `linkerd.io/control-plane-component`. */
  readonly component: string;
  readonly container: string;
  readonly port: { readonly names: readonly string[]; readonly documented: number };
}

/** Names of the port: since edge-25 and before (linkerd2 `templates/identity.yaml`). */
export const identityKind: ReplicaKind = {
  component: 'identity',
  container: 'identity',
  port: { names: ['ident-admin', 'admin-http'], documented: 9990 },
};

export const injectorKind: ReplicaKind = {
  component: 'proxy-injector',
  container: 'proxy-injector',
  port: { names: ['proxy-injector'], documented: 8443 },
};

/** Every replica of a component in a pod that is not Succeeded or Failed, by name of the pod. */
export async function listReplicas(
  kube: Kube,
  linkerdNamespace: string,
  kind: ReplicaKind,
): Promise<Replica[]> {
  const pods = await kube.list(resources.pods, podObject, {
    namespace: linkerdNamespace,
    labelSelector: `${componentLabel}=${kind.component}`,
  });
  const resolver = createOwnerResolver(kube);
  const replicas = pods
    .filter((pod) => !hasEnded(pod))
    .map(async (pod) => replicaOf(pod, kind, await resolveOwner(ownerOf(pod), resolver)));
  const found = (await Promise.all(replicas)).filter((replica) => replica !== undefined);
  return found.toSorted((one, other) => (one.pod < other.pod ? -1 : 1));
}

function replicaOf(pod: PodObject, kind: ReplicaKind, workload: WorkloadRef): Replica | undefined {
  const found = findContainer(pod, kind.container);
  if (found === undefined) return undefined;
  const { metadata, status } = pod;
  const { container, running } = found;
  return {
    pod: metadata.name,
    workload,
    args: container.args,
    ...(metadata.deletionTimestamp === undefined ? {} : { isTerminating: true as const }),
    ...(isUp(pod, running !== undefined) ? {} : { isDown: true as const }),
    ...(metadata.creationTimestamp === undefined ? {} : { createdAt: metadata.creationTimestamp }),
    ...(running === undefined ? {} : { startedAt: running.startedAt }),
    ...(status.podIP === undefined || status.podIP === ''
      ? {}
      : {
          endpoint: {
            namespace: metadata.namespace,
            pod: metadata.name,
            ip: status.podIP,
            port: portOf(container, kind.port.names, kind.port.documented),
          },
        }),
  };
}

function isUp({ status }: PodObject, isRunning: boolean): boolean {
  const ready = findCondition(status.conditions, 'Ready');
  return ready === undefined ? isRunning : isTrue(ready);
}
