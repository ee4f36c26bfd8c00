import { createHash } from 'node:crypto';
import type { ClusterApi } from '../api/cluster-api.ts';
import type { Bundle } from '../cert-manager-objects.ts';
import type { TrustManagerOptions } from '../cluster-options.ts';
import { withCondition } from '../controllers/conditions.ts';
import { ownKey, startController } from '../controllers/controller.ts';
import type { Controller, Source } from '../controllers/controller.ts';
import { createEventRecorder } from '../controllers/events.ts';
import type { ConfigMap, Namespace } from '../objects.ts';
import { BUNDLES, CONFIG_MAPS, NAMESPACES, SECRETS } from '../resources.ts';
import { matchesSelector } from '../selectors.ts';
import type { ObjectKey, Store, StoreEvent } from '../store.ts';
import { BundleError, buildBundle } from './bundle-content.ts';

/** The only namespace that sources are read from. */
export const TRUST_NAMESPACE = 'cert-manager';
const BUNDLE_LABEL = 'trust.cert-manager.io/bundle';
const HASH_ANNOTATION = 'trust.cert-manager.io/hash';
const MANAGER = 'trust-manager';

interface Target {
  bundle: Bundle;
  /** The data key in the target ConfigMaps. */
  key: string;
  content: string;
}

function allBundles(store: Store): ObjectKey[] {
  return store.list(BUNDLES).map(({ metadata }) => ({ name: metadata.name }));
}

function isTarget({ spec }: Bundle, namespace: Namespace): boolean {
  const active = namespace.metadata.deletionTimestamp === undefined;
  return active && matchesSelector(namespace.metadata.labels, spec.target?.namespaceSelector);
}

function belongsTo(bundle: Bundle, configMap: ConfigMap | undefined): boolean {
  return configMap?.metadata.labels?.[BUNDLE_LABEL] === bundle.metadata.name;
}

/** Writes the target of one namespace unless it already holds the content; so a hand-edited key is repaired. */
async function syncTarget(api: ClusterApi, target: Target, namespace: string): Promise<void> {
  const { bundle, key, content } = target;
  const { name, uid } = bundle.metadata;
  const hash = createHash('sha256').update(content).digest('hex');
  const live = api.store.get(CONFIG_MAPS, { namespace, name });
  const isCurrent =
    belongsTo(bundle, live) &&
    live?.data?.[key] === content &&
    live.metadata.annotations?.[HASH_ANNOTATION] === hash;
  if (isCurrent) return;
  const { apiVersion, kind } = bundle;
  const owner = { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
  await api.apply(
    CONFIG_MAPS,
    {
      metadata: {
        name,
        namespace,
        labels: { [BUNDLE_LABEL]: name },
        annotations: { [HASH_ANNOTATION]: hash },
        ownerReferences: [owner],
      },
      data: { [key]: content },
    },
    { manager: MANAGER, force: true },
  );
}

/** A namespace that no longer matches loses the key; a ConfigMap left empty goes. */
function dropTarget(api: ClusterApi, { bundle, key }: Target, namespace: string): void {
  const place = { namespace, name: bundle.metadata.name };
  const live = api.store.get(CONFIG_MAPS, place);
  if (!belongsTo(bundle, live)) return;
  const rest = Object.keys(live?.data ?? {}).filter((name) => name !== key);
  if (rest.length === 0) {
    api.remove(CONFIG_MAPS, place);
    return;
  }
  api.modify(CONFIG_MAPS, place, {
    manager: MANAGER,
    edit: (draft) => {
      delete draft.data?.[key];
    },
  });
}

function describeTargets({ spec }: Bundle): string {
  const labels = Object.entries(spec.target?.namespaceSelector?.matchLabels ?? {});
  if (labels.length === 0) return 'Successfully synced Bundle to all namespaces';
  const selector = labels.map(([name, value]) => `${name}=${value}`).join(',');
  return `Successfully synced Bundle to namespaces that match this label selector: ${selector}`;
}

function setSynced(
  api: ClusterApi,
  bundle: Bundle,
  verdict: { status: 'True' | 'False'; reason: string; message: string },
): void {
  const observedGeneration = bundle.metadata.generation ?? 1;
  api.modify(
    BUNDLES,
    { name: bundle.metadata.name },
    {
      manager: MANAGER,
      subresource: 'status',
      // New content under the same verdict leaves the status as it was: no timestamp marks the change.
      edit: (draft) => {
        const condition = { type: 'Synced', ...verdict, observedGeneration };
        draft.status = {
          ...draft.status,
          conditions: withCondition(draft.status?.conditions, condition),
        };
      },
    },
  );
}

function sourceKeys(store: Store): (event: StoreEvent) => ObjectKey[] {
  return ({ object, resource }) => {
    if (object.metadata.namespace === TRUST_NAMESPACE) return allBundles(store);
    const name = resource === CONFIG_MAPS ? object.metadata.labels?.[BUNDLE_LABEL] : undefined;
    return name === undefined ? [] : [{ name }];
  };
}

/** A target whose label was taken away is recognised by what it was before. */
function targetKeys(store: Store): Source['keys'] {
  const keys = sourceKeys(store);
  return (event) =>
    event.previous ? [...keys(event), ...keys({ ...event, object: event.previous })] : keys(event);
}

/** Starts the simulated trust-manager: Bundles into a ConfigMap of each selected namespace, at every change at once. */
export function startTrustManager(api: ClusterApi, options: TrustManagerOptions = {}): Controller {
  const { store } = api;
  const record = createEventRecorder(api, MANAGER);

  async function reconcile({ name }: ObjectKey): Promise<undefined> {
    const bundle = store.get(BUNDLES, { name });
    const key = bundle?.spec.target?.configMap?.key;
    if (bundle === undefined || key === undefined) return;
    let content: string;
    try {
      content = buildBundle(store, bundle, TRUST_NAMESPACE);
    } catch (error) {
      if (!(error instanceof BundleError)) throw error;
      // The targets keep what they have until the sources are whole again.
      const { reason, message } = error;
      setSynced(api, bundle, { status: 'False', reason, message });
      await record(bundle, { type: 'Warning', reason, message });
      return;
    }
    const target = { bundle, key, content };
    for (const namespace of store.list(NAMESPACES)) {
      if (isTarget(bundle, namespace)) await syncTarget(api, target, namespace.metadata.name);
      else dropTarget(api, target, namespace.metadata.name);
    }
    setSynced(api, bundle, { status: 'True', reason: 'Synced', message: describeTargets(bundle) });
  }

  return startController({
    name: MANAGER,
    store,
    sources: [
      { resource: BUNDLES, keys: ownKey },
      { resource: NAMESPACES, keys: () => allBundles(store) },
      { resource: SECRETS, keys: sourceKeys(store) },
      { resource: CONFIG_MAPS, keys: targetKeys(store) },
    ],
    reconcile,
    paused: options.paused ?? false,
  });
}
