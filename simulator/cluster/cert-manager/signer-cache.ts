import type { Secret } from '../objects.ts';
import { SECRETS } from '../resources.ts';
import type { Store } from '../store.ts';

/** Marks the Secrets that cert-manager keeps in its informer cache; all others it reads live. */
export const FAO_LABEL = 'controller.cert-manager.io/fao';

interface SignerCache {
  read: (namespace: string, name: string) => Secret | undefined;
  stop: () => void;
}

/**
 * cert-manager's view of CA Secrets. With a delay, a renewed CA is signed with late, as in the real race between the
 * Secret watch and the next signature: Ready=True, but under the old CA.
 */
export function createSignerCache(store: Store, delayMs: number): SignerCache {
  const seen = new Map<string, Secret>();
  const timers = new Set<NodeJS.Timeout>();

  const unsubscribe = store.subscribe(({ resource, object, previous }) => {
    if (delayMs === 0 || resource !== SECRETS) return;
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    if (previous !== undefined && !seen.has(key)) seen.set(key, previous);
    const timer = setTimeout(() => {
      timers.delete(timer);
      seen.set(key, object);
    }, delayMs);
    timers.add(timer);
  });

  return {
    read(namespace, name) {
      const live = store.get(SECRETS, { namespace, name });
      if (live?.metadata.labels?.[FAO_LABEL] !== 'true') return live;
      return seen.get(`${namespace}/${name}`) ?? live;
    },
    stop() {
      unsubscribe();
      timers.forEach(clearTimeout);
    },
  };
}
