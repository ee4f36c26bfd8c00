import { conflict } from '../kube-error.ts';
import { timestamp } from '../names.ts';
import type { KubeObject, Pod } from '../objects.ts';
import { NAMESPACES } from '../resources.ts';
import type { Resource } from '../resources.ts';
import type { Store } from '../store.ts';

export interface RemoveOptions {
  gracePeriodSeconds?: number | undefined;
  preconditions?: { uid?: string | undefined; resourceVersion?: string | undefined } | undefined;
  dryRun?: boolean | undefined;
}

interface Removal<T extends KubeObject> {
  resource: Resource<T>;
  live: T;
  options: RemoveOptions;
}

/** Seconds a pod is still to live: only a pod that a kubelet holds and that still runs is stopped gracefully. */
function graceOf(pod: Pod, requested: number | undefined): number {
  const ended = ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '');
  if (pod.spec.nodeName === undefined || ended) return 0;
  return requested ?? pod.spec.terminationGracePeriodSeconds ?? 30;
}

function checkPreconditions<T extends KubeObject>({ resource, live, options }: Removal<T>): void {
  const { uid, resourceVersion } = live.metadata;
  const wanted = options.preconditions ?? {};
  if (wanted.uid !== undefined && wanted.uid !== uid)
    throw conflict(
      resource,
      live.metadata.name,
      `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid}`,
    );
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion)
    throw conflict(resource, live.metadata.name, 'Precondition failed: resourceVersion differs');
}

function markDeleted<T extends KubeObject>(store: Store, removal: Removal<T>, grace: number): T {
  const { resource, live, options } = removal;
  const { deletionTimestamp, deletionGracePeriodSeconds = Infinity } = live.metadata;
  // A second DELETE may only shorten the grace period.
  if (deletionTimestamp !== undefined && grace >= deletionGracePeriodSeconds) return live;
  const metadata = {
    ...live.metadata,
    deletionTimestamp: timestamp(new Date(Date.now() + grace * 1000)),
    deletionGracePeriodSeconds: grace,
  };
  const status = resource.kind === 'Namespace' ? { status: { phase: 'Terminating' } } : {};
  const marked = { ...live, ...status, metadata };
  // Sound: the same object with more metadata.
  return (options.dryRun ? marked : store.put(resource, marked)) as T;
}

/**
 * Deletes at once, or only marks the object: a running pod until its kubelet deletes it with grace 0, an object with
 * finalizers until they are gone, a namespace until it is empty. Dependents are the garbage collector's.
 */
export function removeObject<T extends KubeObject>(store: Store, removal: Removal<T>): T {
  const { resource, live, options } = removal;
  checkPreconditions(removal);
  // Sound: a Pod by its resource's kind in the core group.
  const grace =
    resource.kind === 'Pod' ? graceOf(live as unknown as Pod, options.gracePeriodSeconds) : 0;
  const held = resource.kind === NAMESPACES.kind || (live.metadata.finalizers ?? []).length > 0;
  if (grace > 0 || held) return markDeleted(store, removal, grace);
  if (options.dryRun) return live;
  const key = { namespace: live.metadata.namespace, name: live.metadata.name };
  // Sound: remove() returns the object it was asked to remove.
  return (store.remove(resource, key) ?? live) as T;
}
