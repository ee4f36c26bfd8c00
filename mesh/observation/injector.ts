import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { SurveyRequest } from '../../domain/observation.ts';
import type { InjectorReplica } from '../../domain/survey.ts';
import type { Held } from '../../domain/trust.ts';
import { unknownHeld } from '../../domain/trust.ts';
import { parseBundle } from '../bundle-text.ts';
import { bundlesAtStart } from '../../domain/history.ts';
import { messageOf } from './errors.ts';
import { heldOf } from './identity.ts';
import type { PodEndpoint, Reach } from './pod-endpoint.ts';
import { requestPod } from './pod-http.ts';
import type { Replica } from './replicas.ts';

const trustAnchorsVariable = 'LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS';

/**
 * What one injector replica writes into a pod that is created now. It is asked by itself with the
 * review that the API server would send; nothing is created. One that cannot be reached counts as
 * handing out the bundle if its pod was created after the bundle had settled.
 */
export async function observeInjector(
  replica: Replica,
  { request, reach }: { readonly request: SurveyRequest; readonly reach: Reach },
): Promise<InjectorReplica> {
  const { pod, workload, endpoint, createdAt, isTerminating, isDown } = replica;
  const base = {
    pod,
    workload,
    ...(isTerminating === undefined ? {} : { isTerminating }),
    ...(isDown === undefined ? {} : { isDown }),
  };
  const answer = await askInjector(endpoint, request, reach).catch((error: unknown) => {
    reach.signal?.throwIfAborted();
    return messageOf(error);
  });
  if (typeof answer !== 'string') return { ...base, handsOut: answer };

  const last = request.bundleHistory.at(-1);
  const settled =
    createdAt === undefined || last === undefined
      ? undefined
      : bundlesAtStart([last], createdAt, request.timings.settleMs)?.[0];
  if (settled !== undefined) {
    const note = `could not be asked (${answer}); its pod was created after the bundle had settled`;
    return { ...base, handsOut: heldOf(settled, request.anchors), note };
  }
  return { ...base, handsOut: unknownHeld, note: `could not be asked (${answer})` };
}

async function askInjector(
  endpoint: PodEndpoint | undefined,
  request: SurveyRequest,
  reach: Reach,
): Promise<Held> {
  if (endpoint === undefined) throw new Error('its pod has no address');
  const json = JSON.stringify(reviewOf(request.objects.linkerdNamespace));
  const { status, body } = await requestPod(endpoint, { path: '/', json, secure: true }, reach);
  if (status !== 200) throw new Error(`it answered ${String(status)}`);
  const anchors = anchorsInPatch(body);
  if (anchors === undefined) throw new Error('its answer contains no proxy');
  return heldOf((await parseBundle(anchors)).fingerprints, request.anchors);
}

/**
 * A pod that asks for a proxy itself, so that the annotations of its namespace do not matter; the
 * namespace must exist, because the injector reads it.
 */
function reviewOf(namespace: string): unknown {
  const name = 'linkerd-trust-probe';
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: randomUUID(),
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      name,
      namespace,
      operation: 'CREATE',
      dryRun: true,
      userInfo: { username: name },
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace, annotations: { 'linkerd.io/inject': 'enabled' } },
        spec: { serviceAccountName: 'default', containers: [{ name: 'app', image: 'app' }] },
      },
    },
  };
}

const reviewAnswer = z.object({
  response: z.object({ patch: z.base64().optional() }),
});
const patchOperations = z.array(z.object({ value: z.unknown() }));
/** The value of an operation: one container, or a list of them. */
const containers = z.union([z.array(z.unknown()), z.unknown().transform((value) => [value])]);
const proxyContainer = z.object({
  name: z.literal('linkerd-proxy'),
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })),
});

/** The PEM that the proxy of the reviewed pod would get. */
function anchorsInPatch(body: string): string | undefined {
  const { patch } = reviewAnswer.parse(JSON.parse(body)).response;
  if (patch === undefined) return undefined;
  const operations = patchOperations.parse(
    JSON.parse(Buffer.from(patch, 'base64').toString('utf8')),
  );
  // The proxy is added alone, or stands in a list of containers, ordinary or init ones.
  const values = operations.flatMap(({ value }) => containers.parse(value));
  const proxies = values.flatMap((value) => {
    const parsed = proxyContainer.safeParse(value);
    return parsed.success ? [parsed.data] : [];
  });
  const entries = proxies.at(-1)?.env.filter(({ name }) => name === trustAnchorsVariable);
  return entries?.at(-1)?.value;
}
