import type { KubeObject } from '../objects.ts';
import { PODS } from '../resources.ts';
import type { Resource } from '../resources.ts';
import { ownKey, ownerKey, startController } from './controller.ts';
import type { Controller, Source } from './controller.ts';
import { MANAGER } from './pods.ts';
import type { WorkloadContext } from './pods.ts';

/** An object that owns pods. */
interface Workload extends KubeObject {
  status?: object;
}

interface WorkloadControllerOptions<T extends Workload> {
  resource: Resource<T>;
  /** Creates and deletes pods. Status is written whatever comes of it. */
  sync: (workload: T) => Promise<void>;
  /** The status by the pods that there are now. */
  statusOf: (workload: T) => Promise<NonNullable<T['status']>>;
  /** Changes that concern it besides its own and those of its pods. */
  sources?: Source[];
}

/** Runs the controller of a kind of object that owns pods. */
export function startWorkloadController<T extends Workload>(
  { api, tickMs }: WorkloadContext,
  { resource, sync, statusOf, sources = [] }: WorkloadControllerOptions<T>,
): Controller {
  return startController({
    name: `${resource.kind} controller`,
    store: api.store,
    sources: [
      { resource, keys: ownKey },
      { resource: PODS, keys: ownerKey(resource.kind) },
      ...sources,
    ],
    tickMs,
    async reconcile(key) {
      const workload = api.store.get(resource, key);
      if (workload === undefined || workload.metadata.deletionTimestamp !== undefined)
        return undefined;
      try {
        await sync(workload);
      } finally {
        const status = await statusOf(workload);
        const edit = (draft: T) => {
          draft.status = status;
        };
        if (api.store.get(resource, key))
          api.modify(resource, key, { manager: MANAGER, subresource: 'status', edit });
      }
      return undefined;
    },
  });
}
