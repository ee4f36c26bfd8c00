import { randomUUID } from 'node:crypto';
import { request } from 'undici';
import { z } from 'zod';
import { mapBounded } from '../../../mesh/observation/bounded.ts';
import { ensureObject } from '../../../simulator/mesh/kube/apply-object.ts';
import type { KubeApi } from '../../../simulator/mesh/kube/kube-api.ts';
import { registerNode } from '../../../simulator/mesh/node/node-objects.ts';
import type { PaperPod } from './paper-pod.ts';
import { containerId, podManifest, podStatus } from './paper-pod.ts';

const namespace = 'paper';
/** Kubernetes' own limit is 110 a node; these only need to be bound. */
const podsPerNode = 500;
const podsPerWorkload = 10;
/** Beyond this the API server of a two-core machine only queues. */
const parallelCreates = 16;
/** etcd takes 128 operations and 1.5 MiB in one transaction. */
const podsPerTransaction = 60;

/**
 * Makes a pod for each address. Through the API that takes minutes for thousands; with `etcdUrl` one
 * is made so, and the others are written beside it in the same shape, as the API server keeps them.
 */
export async function makeManyPods(
  api: KubeApi,
  fleet: { readonly addresses: readonly string[]; readonly anchorsPem: string },
  etcdUrl: string | undefined,
): Promise<void> {
  const { addresses, anchorsPem } = fleet;
  await prepareNamespace(api);
  const nodes = Math.ceil(addresses.length / podsPerNode);
  for (let node = 0; node < nodes; node += 1) await registerNode(api, nodeName(node), '127.0.0.1');
  const pods = addresses.map((address, index): PaperPod => {
    const workload = `app-${String(Math.floor(index / podsPerWorkload))}`;
    const name = `${workload}-${String(index % podsPerWorkload)}`;
    const node = nodeName(Math.floor(index / podsPerNode));
    return { namespace, name, workload, node, address, anchorsPem };
  });
  const [first, ...others] = pods;
  if (first === undefined) return;
  await makePod(api, first);
  if (etcdUrl === undefined) {
    await mapBounded(others, parallelCreates, (pod) => makePod(api, pod));
  } else {
    await copyPods(await api.get(`${podsPath}/${first.name}`), first, { others, etcdUrl });
  }
}

async function prepareNamespace(api: KubeApi): Promise<void> {
  // Injection is not what is measured: these pods come as the injector would make them.
  const labels = { 'config.linkerd.io/admission-webhooks': 'disabled' };
  await ensureObject(api, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels },
  });
  await ensureObject(api, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace },
  });
}

const podsPath = `/api/v1/namespaces/${namespace}/pods`;

async function makePod(api: KubeApi, pod: PaperPod): Promise<void> {
  await api.create(podsPath, podManifest(pod));
  await api.strategicPatch(`${podsPath}/${pod.name}/status`, { status: podStatus(pod) });
}

const stored = z.looseObject({
  metadata: z.looseObject({ uid: z.string(), resourceVersion: z.string().optional() }),
});

async function copyPods(
  made: unknown,
  original: PaperPod,
  { others, etcdUrl }: { readonly others: readonly PaperPod[]; readonly etcdUrl: string },
): Promise<void> {
  const object = stored.parse(made);
  // The version is etcd's own, not part of what it keeps.
  delete object.metadata.resourceVersion;
  const text = JSON.stringify(object);
  for (let at = 0; at < others.length; at += podsPerTransaction) {
    const puts = others.slice(at, at + podsPerTransaction).map((pod) => ({
      request_put: {
        key: encode(`/registry/pods/${namespace}/${pod.name}`),
        value: encode(copyOf(text, original, pod)),
      },
    }));
    await send(`${etcdUrl}/v3/kv/txn`, { success: puts });
  }
}

/** Everything that is a pod's own, replaced wherever it stands. */
function copyOf(text: string, original: PaperPod, pod: PaperPod): string {
  const { uid } = stored.parse(JSON.parse(text)).metadata;
  return text
    .replaceAll(uid, randomUUID())
    .replaceAll(new RegExp(`\\b${original.name}\\b`, 'g'), pod.name)
    .replaceAll(new RegExp(`"${original.workload}"`, 'g'), `"${pod.workload}"`)
    .replaceAll(`"${original.node}"`, `"${pod.node}"`)
    .replaceAll(original.address, pod.address)
    .replaceAll(/containerd:\/\/[0-9a-f]{64}/g, () => containerId());
}

async function send(url: string, body: object): Promise<void> {
  const answer = await request(url, { method: 'POST', body: JSON.stringify(body) });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) {
    throw new Error(`etcd answered ${String(answer.statusCode)}: ${text.slice(0, 200)}`);
  }
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

function nodeName(index: number): string {
  return `paper-${String(index + 1)}`;
}
