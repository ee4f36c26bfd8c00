import type { ClusterApi } from '../api/cluster-api.ts';
import { KubeError } from '../kube-error.ts';
import { stableHash, timestamp } from '../names.ts';
import type { KubeObject } from '../objects.ts';
import { EVENTS } from '../resources.ts';

export interface EventText {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

export type RecordEvent = (object: KubeObject, text: EventText) => Promise<void>;

/** Records core/v1 Events; the same event again only raises its count, as Kubernetes aggregates. */
export function createEventRecorder(api: ClusterApi, component: string): RecordEvent {
  return async (object, text) => {
    const { name, namespace, uid, resourceVersion } = object.metadata;
    const { apiVersion, kind } = object;
    const place = namespace ?? 'default';
    const eventName = `${name}.${stableHash([uid, text])}`;
    const known = api.store.get(EVENTS, { namespace: place, name: eventName });
    const options = { manager: component };
    const now = timestamp();
    try {
      if (known !== undefined) {
        const count = (typeof known['count'] === 'number' ? known['count'] : 1) + 1;
        api.update(EVENTS, { ...known, count, lastTimestamp: now }, options);
        return;
      }
      const involvedObject = { apiVersion, kind, name, namespace, uid, resourceVersion };
      const times = { firstTimestamp: now, lastTimestamp: now, count: 1 };
      const source = { component };
      const metadata = { name: eventName, namespace: place };
      await api.create(EVENTS, { metadata, involvedObject, source, ...text, ...times }, options);
    } catch (error) {
      // Events are hints: one that no longer finds its namespace is dropped, as by a real recorder.
      if (!(error instanceof KubeError)) throw error;
    }
  };
}
