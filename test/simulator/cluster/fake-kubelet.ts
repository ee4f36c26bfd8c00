import type { ClusterApi } from '../../../simulator/cluster/api/cluster-api.ts';
import type { Pod } from '../../../simulator/cluster/objects.ts';
import { PODS } from '../../../simulator/cluster/resources.ts';
import type { StoreEvent } from '../../../simulator/cluster/store.ts';

export interface FakeKubelet {
  /** Pods whose name satisfies this stay Pending. */
  holdBack: (name: string) => boolean;
  stop: () => void;
}

/** Runs every bound pod at once: Ready when started, gone when deleted. */
export function startFakeKubelet(api: ClusterApi): FakeKubelet {
  const kubelet: FakeKubelet = { holdBack: () => false, stop: () => undefined };

  function sync(pod: Pod): void {
    const { namespace, name, uid, deletionTimestamp } = pod.metadata;
    const live = api.store.get(PODS, { namespace, name });
    if (live?.metadata.uid !== uid || live.spec.nodeName === undefined) return;
    if (deletionTimestamp !== undefined) {
      api.remove(PODS, { namespace, name }, { gracePeriodSeconds: 0 });
      return;
    }
    if (live.status?.phase !== 'Pending' || kubelet.holdBack(name)) return;
    api.modify(
      PODS,
      { namespace, name },
      {
        manager: 'kubelet',
        subresource: 'status',
        edit: (draft) => {
          const ready = {
            type: 'Ready',
            status: 'True' as const,
            lastTransitionTime: new Date().toISOString(),
          };
          draft.status = { phase: 'Running', podIP: '127.0.0.1', conditions: [ready] };
        },
      },
    );
  }

  kubelet.stop = api.store.subscribe(({ type, resource, object }: StoreEvent) => {
    // Sound: the resource says that it is a Pod. Later, because a listener must not write.
    if (resource === PODS && type !== 'DELETED') setImmediate(() => sync(object as Pod));
  });
  return kubelet;
}
