import type { ClusterApi } from '../api/cluster-api.ts';
import { NAMESPACES } from '../resources.ts';
import { servedResources } from '../http/request-target.ts';
import type { ObjectKey, StoreEvent } from '../store.ts';
import { ownKey, startController } from './controller.ts';
import type { Controller } from './controller.ts';

/** Deletes what belonged to a deleted owner, and empties terminating namespaces. */
export function startGarbageCollector(api: ClusterApi): Controller {
  const { store } = api;

  function collect({ object }: StoreEvent): void {
    const { uid } = object.metadata;
    for (const { resource, object: dependent } of store.dependents(uid)) {
      const owners = dependent.metadata.ownerReferences ?? [];
      const key = { namespace: dependent.metadata.namespace, name: dependent.metadata.name };
      // An object with a second owner lives on.
      if (owners.every((owner) => owner.uid === uid) && store.get(resource, key))
        api.remove(resource, key);
    }
  }

  function empty({ name }: ObjectKey): Promise<undefined> {
    const namespace = store.get(NAMESPACES, { name });
    if (namespace?.metadata.deletionTimestamp === undefined) return Promise.resolve(undefined);
    const resources = servedResources(store).filter(({ namespaced }) => namespaced);
    for (const resource of resources)
      for (const object of store.list(resource, name)) {
        const key = { namespace: name, name: object.metadata.name };
        if (store.get(resource, key)) api.remove(resource, key);
      }
    const isEmpty = resources.every((resource) => store.list(resource, name).length === 0);
    if (isEmpty) store.remove(NAMESPACES, { name });
    return Promise.resolve(undefined);
  }

  /** A deletion inside a terminating namespace may have been the last one. */
  function namespaceKeys(event: StoreEvent): ObjectKey[] {
    const { namespace } = event.object.metadata;
    if (event.type !== 'DELETED' || namespace === undefined) return [];
    const isTerminating = store.get(NAMESPACES, { name: namespace })?.metadata.deletionTimestamp;
    return isTerminating === undefined ? [] : [{ name: namespace }];
  }

  const controller = startController({
    name: 'namespace controller',
    store,
    sources: [{ resource: NAMESPACES, keys: ownKey }],
    everyEvent: namespaceKeys,
    reconcile: empty,
  });
  const unsubscribe = store.subscribe((event) => {
    // After the write that deleted the owner, so that its watchers see the owner go first.
    if (event.type === 'DELETED') queueMicrotask(() => collect(event));
  });
  return {
    ...controller,
    stop() {
      unsubscribe();
      controller.stop();
    },
  };
}
