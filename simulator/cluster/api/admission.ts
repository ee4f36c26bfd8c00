import { randomUUID } from 'node:crypto';
import { request } from 'node:https';
import { z } from 'zod';
import { KubeError } from '../kube-error.ts';
import type { KubeObject, MutatingWebhook } from '../objects.ts';
import { NAMESPACES, WEBHOOKS } from '../resources.ts';
import { matchesSelector } from '../selectors.ts';
import type { Store } from '../store.ts';
import type { Admission, WriteOptions } from './cluster-api.ts';
import { parseObject } from './parse-object.ts';
import { jsonPatch } from './patches.ts';

const reviewSchema = z.object({
  response: z.object({
    uid: z.string(),
    allowed: z.boolean(),
    status: z.object({ code: z.number().optional(), message: z.string().optional() }).optional(),
    patch: z.string().optional(),
  }),
});

function matchesRules(webhook: MutatingWebhook): boolean {
  return (webhook.rules ?? []).some(
    ({ operations, apiGroups, resources }) =>
      operations.some((operation) => ['*', 'CREATE'].includes(operation)) &&
      apiGroups.some((group) => ['*', ''].includes(group)) &&
      resources.some((resource) => ['*', 'pods'].includes(resource)),
  );
}

function post(webhook: MutatingWebhook, body: string): Promise<string> {
  const { url, caBundle } = webhook.clientConfig;
  const trust =
    caBundle === undefined
      ? { rejectUnauthorized: false }
      : { ca: Buffer.from(caBundle, 'base64') };
  const timeoutMs = (webhook.timeoutSeconds ?? 10) * 1000;
  return new Promise((resolve, reject) => {
    const call = request(url, {
      method: 'POST',
      ...trust,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      signal: AbortSignal.timeout(timeoutMs),
      // One connection a call: replicas come and go at the same addresses.
      agent: false,
    });
    call.on('error', reject);
    call.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(text);
        else
          reject(
            new Error(`webhook answered HTTP ${response.statusCode ?? 0}: ${text.slice(0, 200)}`),
          );
      });
    });
    call.end(body);
  });
}

function reviewOf(pod: KubeObject, options: WriteOptions): { uid: string; body: string } {
  const uid = randomUUID();
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const review = {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid,
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      name: pod.metadata.name,
      namespace: pod.metadata.namespace,
      operation: 'CREATE',
      userInfo: { username: options.manager },
      object: pod,
      oldObject: null,
      dryRun: options.dryRun ?? false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  };
  return { uid, body: JSON.stringify(review) };
}

async function review(webhook: MutatingWebhook, { uid, body }: { uid: string; body: string }) {
  const answer: unknown = JSON.parse(await post(webhook, body));
  const { response } = reviewSchema.parse(answer);
  if (response.uid !== uid)
    throw new Error(`expected response.uid="${uid}", got "${response.uid}"`);
  return response;
}

async function callWebhook(
  webhook: MutatingWebhook,
  { pod, options }: { pod: KubeObject; options: WriteOptions },
): Promise<KubeObject> {
  let response: z.infer<typeof reviewSchema>['response'];
  try {
    response = await review(webhook, reviewOf(pod, options));
  } catch (cause) {
    // By its failurePolicy an unreachable webhook is either passed over or refuses the pod.
    if (webhook.failurePolicy === 'Ignore') return pod;
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `Internal error occurred: failed calling webhook "${webhook.name}": ${why}`;
    throw new KubeError(500, 'InternalError', { message, cause });
  }
  if (!response.allowed) {
    const why = response.status?.message ?? 'without explanation';
    const message = `admission webhook "${webhook.name}" denied the request: ${why}`;
    throw new KubeError(response.status?.code ?? 400, 'Forbidden', { message });
  }
  if (response.patch === undefined) return pod;
  const patch: unknown = JSON.parse(Buffer.from(response.patch, 'base64').toString());
  return parseObject(jsonPatch(pod, patch));
}

/** Admission by the cluster's MutatingWebhookConfigurations, in the order of their names; each names its webhook by URL. */
export function createAdmission(store: Store): Admission {
  return async (fresh, options) => {
    const namespace = store.get(NAMESPACES, { name: fresh.metadata.namespace ?? '' });
    const webhooks = store.list(WEBHOOKS).flatMap((configuration) => configuration.webhooks ?? []);
    let pod = fresh;
    for (const webhook of webhooks) {
      const applies =
        matchesRules(webhook) &&
        matchesSelector(namespace?.metadata.labels, webhook.namespaceSelector) &&
        matchesSelector(pod.metadata.labels, webhook.objectSelector);
      if (applies) pod = await callWebhook(webhook, { pod, options });
    }
    return pod;
  };
}
