import { z } from 'zod';
import { documentedObjects } from '../../../domain/objects.ts';
import type { RawObject } from '../../../mesh/kubernetes/kube.ts';
import { rawObject } from '../../../mesh/kubernetes/kube.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import { rotationAnnotation } from '../../../mesh/workloads.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Bench } from './bench.ts';
import { stateTimeoutMs } from './patience.ts';

/** What goes wrong in clusters while somebody rotates. */

const named = z.object({
  metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
});

/** `namespace/name` of each pod of a control-plane component that stays. */
export async function podsOf({ kube }: Bench, component: string): Promise<readonly string[]> {
  const namespace = documentedObjects.linkerdNamespace;
  const labelSelector = `linkerd.io/control-plane-component=${component}`;
  const pods = await kube.list(resources.pods, named, { namespace, labelSelector });
  return pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => `${namespace}/${metadata.name}`);
}

const injector = {
  type: resources.deployments,
  namespace: documentedObjects.linkerdNamespace,
  name: 'linkerd-proxy-injector',
};
const injectorWebhook = {
  type: {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    plural: 'mutatingwebhookconfigurations',
    kind: 'MutatingWebhookConfiguration',
    namespaced: false,
  },
  name: 'linkerd-proxy-injector-webhook-config',
};
const webhooks = z.object({ webhooks: z.array(rawObject) });

/**
 * Takes the injector away. Linkerd's chart has new pods start without a proxy then, unless it is
 * installed for high availability.
 * @returns brings it back
 */
export async function withoutInjector(bench: Bench): Promise<() => Promise<void>> {
  const { kube } = bench;
  const found = await kube.get(injectorWebhook, webhooks);
  const lenient = (found?.webhooks ?? []).map((one) => ({ ...one, failurePolicy: 'Ignore' }));
  await kube.patch(injectorWebhook, { webhooks: lenient }, 'merge');
  await scaleInjector(bench, 0);
  return () => scaleInjector(bench, 2);
}

async function scaleInjector(bench: Bench, replicas: number): Promise<void> {
  await bench.kube.patch(injector, { spec: { replicas } }, 'merge');
  await waitFor(async () => (await podsOf(bench, 'proxy-injector')).length === replicas, {
    what: `${String(replicas)} injector replicas`,
    timeoutMs: stateTimeoutMs,
  });
}

/** Keeps every pod of an app that a rotation restarts from becoming Ready, until it is released. */
export function neverReadyAgain({ mesh }: Bench, app: string): () => void {
  return mesh.neverReady(
    ({ metadata }) => metadata.labels['app'] === app && rotationAnnotation in metadata.annotations,
  );
}

/** Somebody writes the control plane's bundle while trust-manager is down. */
export async function overwriteBundle({ kube, environment }: Bench, pem: string): Promise<void> {
  environment.trustManager.pause();
  const { linkerdNamespace: namespace, bundle: name, bundleKey } = documentedObjects;
  const ref = { type: resources.configMaps, namespace, name };
  await kube.patch(ref, { data: { [bundleKey]: pem } }, 'merge');
}

const legacyPod = { type: resources.pods, namespace: 'shop', name: 'legacy' };

/**
 * A pod from a manifest that was injected by hand: it holds what its manifest froze, and nothing
 * restarts it.
 */
export class FrozenManifest {
  readonly #bench: Bench;
  readonly #pod: RawObject;

  private constructor(bench: Bench, pod: RawObject) {
    this.#bench = bench;
    this.#pod = pod;
  }

  /** Takes over what the injector gives to pods of `shop/web` now. */
  static async take(bench: Bench): Promise<FrozenManifest> {
    const [pod] = await bench.kube.list(resources.pods, rawObject, {
      namespace: 'shop',
      labelSelector: 'app=web',
    });
    const { metadata, spec } = z
      .object({
        metadata: z.object({
          labels: z.record(z.string(), z.string()),
          annotations: z.record(z.string(), z.string()),
        }),
        spec: rawObject,
      })
      .parse(pod);
    const { nodeName: _, ...frozen } = spec;
    const annotations = { ...metadata.annotations, 'linkerd.io/inject': 'disabled' };
    const labels = { ...metadata.labels, app: 'legacy' };
    return new FrozenManifest(bench, { metadata: { labels, annotations }, spec: frozen });
  }

  /** `kubectl apply`, and waiting until it serves. */
  async apply(): Promise<void> {
    await this.#bench.kube.create(legacyPod, this.#pod);
    await waitFor(
      () => this.#bench.mesh.proxies().some(({ pod, serving }) => pod === 'shop/legacy' && serving),
      { what: 'pod shop/legacy to serve' },
    );
  }

  async delete(): Promise<void> {
    await this.#bench.kube.delete(legacyPod);
    await waitFor(() => !this.#bench.mesh.proxies().some(({ pod }) => pod === 'shop/legacy'), {
      what: 'pod shop/legacy to be gone',
    });
  }
}
