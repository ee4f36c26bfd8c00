import type { ClusterApi } from '../api/cluster-api.ts';
import { KubeError } from '../kube-error.ts';
import type { KubeObject, OwnerReference, Pod, PodTemplate, RollingUpdate } from '../objects.ts';
import { PODS } from '../resources.ts';
import { isTrue } from './conditions.ts';
import type { RecordEvent } from './events.ts';

/** What every workload controller works with. */
export interface WorkloadContext {
  api: ClusterApi;
  record: RecordEvent;
  tickMs: number;
}

export const MANAGER = 'kube-controller-manager';

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Counts as a replica: neither ended nor on its way out. */
export function isActive(pod: Pod): boolean {
  return !isTerminating(pod) && !['Succeeded', 'Failed'].includes(pod.status?.phase ?? '');
}

/** Ready is available here, too: nobody here asks for minReadySeconds. */
export function isReady(pod: Pod): boolean {
  return isTrue(pod.status?.conditions, 'Ready');
}

export function controllerReference({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  const { name, uid } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

interface PodBlueprint {
  owner: KubeObject;
  template: PodTemplate;
  /** Either a full name or a prefix to which five characters are added. */
  name?: string;
  generateName?: string;
  labels?: Record<string, string>;
  affinity?: unknown;
}

/** Creates a pod through admission. A refusal becomes an event FailedCreate and is thrown on, to be retried later. */
export async function createPod(context: WorkloadContext, blueprint: PodBlueprint): Promise<Pod> {
  const { owner, template, name, generateName, affinity } = blueprint;
  const { namespace } = owner.metadata;
  const metadata = {
    name,
    generateName,
    namespace,
    annotations: template.metadata?.annotations,
    labels: { ...template.metadata?.labels, ...blueprint.labels },
    ownerReferences: [controllerReference(owner)],
  };
  const spec = { ...template.spec, ...(affinity === undefined ? {} : { affinity }) };
  try {
    const pod = await context.api.create(PODS, { metadata, spec }, { manager: MANAGER });
    const message = `Created pod: ${pod.metadata.name}`;
    await context.record(owner, { type: 'Normal', reason: 'SuccessfulCreate', message });
    return pod;
  } catch (error) {
    if (error instanceof KubeError) {
      const message = `Error creating: ${error.message}`;
      await context.record(owner, { type: 'Warning', reason: 'FailedCreate', message });
    }
    throw error;
  }
}

/** Deletes a pod with its own grace period. One that is already gone or going is left alone. */
export function deletePod(api: ClusterApi, pod: Pod): void {
  const key = { namespace: pod.metadata.namespace, name: pod.metadata.name };
  if (isTerminating(pod) || api.store.get(PODS, key) === undefined) return;
  api.remove(PODS, key, { preconditions: { uid: pod.metadata.uid } });
}

function resolve(value: number | string, total: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  return round((Number.parseFloat(value) / 100) * total);
}

/** maxSurge (rounded up) and maxUnavailable (rounded down) as counts; not both zero, or nothing could move. */
export function rollingLimits(
  update: RollingUpdate | undefined,
  replicas: number,
): { surge: number; unavailable: number } {
  const surge = resolve(update?.maxSurge ?? '25%', replicas, Math.ceil);
  const unavailable = resolve(update?.maxUnavailable ?? '25%', replicas, Math.floor);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}
