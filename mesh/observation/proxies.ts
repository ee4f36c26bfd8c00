import type { MeshObjects } from '../../domain/objects.ts';
import type { Lifecycle, ProxyRole, WorkloadRef } from '../../domain/survey.ts';
import { parseBundle } from '../bundle-text.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { resources } from '../kubernetes/resources.ts';
import { createOwnerResolver } from '../workload-owners.ts';
import { rotationAnnotation } from '../workloads.ts';
import { environmentValue } from './environment.ts';
import type { PodObject } from './pod-object.ts';
import { findContainer, hasEnded, podObject, portOf } from './pod-object.ts';
import type { Owner } from './pod-owner.ts';
import { ownerOf, resolveOwner } from './pod-owner.ts';

/** A live `linkerd-proxy` container, as its pod describes it: whom to ask, and hints on what it holds. */
export interface ProxyContainer {
  readonly namespace: string;
  readonly pod: string;
  readonly workload: WorkloadRef;
  readonly role: ProxyRole;
  readonly lifecycle: Lifecycle;
  /** Pod UID and container ID: evidence about a process is kept under it. Absent while none runs. */
  readonly process?: string;
  /** ISO 8601 in UTC. */
  readonly startedAt?: string;
  readonly ip?: string;
  readonly adminPort: number;
  /** What it proves to be, and the only server name that it answers to. */
  readonly identity?: string;
  /** Fingerprints of the anchors in its environment; absent when the pod does not tell them. */
  readonly environment?: readonly string[];
  readonly restartMarker?: string;
  /** It lets the proxies of other clusters in (multicluster extension). */
  readonly isGateway?: true;
}

/** Set by `linkerd inject` and the charts alike (linkerd2 `pkg/healthcheck`). */
export const controlPlaneLabel = 'linkerd.io/control-plane-ns';
export const componentLabel = 'linkerd.io/control-plane-component';

export const proxyName = 'linkerd-proxy';
const trustAnchorsVariable = 'LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS';
/** Set by the injector for `config.linkerd.io/enable-gateway` (linkerd2 `charts/partials/templates/_proxy.tpl`). */
const gatewayVariable = 'LINKERD2_PROXY_INBOUND_GATEWAY_SUFFIXES';
const identityVariable = 'LINKERD2_PROXY_IDENTITY_LOCAL_NAME';
const documentedAdminPort = 4191;

/**
 * Every `linkerd-proxy` container of every pod of this mesh that is not Succeeded or Failed: Pending
 * and Terminating ones too. Pods are pruned page by page.
 */
export async function listProxies(
  kube: Kube,
  objects: MeshObjects,
  onPage?: (listed: number) => void,
): Promise<ProxyContainer[]> {
  const { sights, texts } = await sightProxies(kube, objects, onPage);
  const fingerprints = await readAnchors(texts);
  const resolver = createOwnerResolver(kube);
  return Promise.all(
    sights.map(async ({ owner, anchorsText, ...proxy }) => {
      const environment = anchorsText === undefined ? undefined : fingerprints.get(anchorsText);
      return {
        ...proxy,
        workload: await resolveOwner(owner, resolver),
        ...(environment === undefined ? {} : { environment }),
      };
    }),
  );
}

/** The PEM texts of anchors in the environments of live proxies, each once. */
export async function listEnvironmentAnchors(kube: Kube, objects: MeshObjects): Promise<string[]> {
  const { texts } = await sightProxies(kube, objects);
  return texts;
}

async function sightProxies(
  kube: Kube,
  objects: MeshObjects,
  onPage?: (listed: number) => void,
): Promise<{ readonly sights: Sight[]; readonly texts: string[] }> {
  // Pods of one bundle carry the same text: one copy of it is enough for all of them.
  const texts = new Map<string, string>();
  const pruned = podObject.transform((pod) => sight(pod, texts));
  const pods = await kube.list(resources.pods, pruned, {
    labelSelector: `${controlPlaneLabel}=${objects.linkerdNamespace}`,
    compact: true,
    ...(onPage === undefined ? {} : { onPage }),
  });
  return { sights: pods.filter((pod) => pod !== undefined), texts: [...texts.keys()] };
}

interface Sight extends Omit<ProxyContainer, 'workload' | 'environment'> {
  readonly owner: Owner;
  readonly anchorsText?: string;
}

function sight(pod: PodObject, texts: Map<string, string>): Sight | undefined {
  if (hasEnded(pod)) return undefined;
  const found = findContainer(pod, proxyName);
  if (found === undefined) return undefined;
  const { metadata, status } = pod;
  const { container, running } = found;
  const identity = environmentValue(identityVariable, container.env, pod);
  const anchors = environmentValue(trustAnchorsVariable, container.env, pod);
  const marker = metadata.annotations[rotationAnnotation];
  return {
    namespace: metadata.namespace,
    pod: metadata.name,
    owner: ownerOf(pod),
    role: metadata.labels[componentLabel] === undefined ? 'data-plane' : 'control-plane',
    lifecycle: lifecycleOf(pod, running !== undefined),
    adminPort: portOf(container, ['linkerd-admin'], documentedAdminPort),
    ...(running === undefined
      ? {}
      : { process: processOf(pod, running), startedAt: running.startedAt }),
    ...(status.podIP === undefined || status.podIP === '' ? {} : { ip: status.podIP }),
    ...(identity === undefined ? {} : { identity }),
    ...(anchors === undefined ? {} : { anchorsText: intern(anchors, texts) }),
    ...(marker === undefined ? {} : { restartMarker: marker }),
    ...(container.env.some(({ name }) => name === gatewayVariable) ? { isGateway: true } : {}),
  };
}

/** The process that runs as the pod's proxy, as `ProxyContainer` names it. */
export function proxyProcess(pod: PodObject): string | undefined {
  const running = findContainer(pod, proxyName)?.running;
  return running === undefined ? undefined : processOf(pod, running);
}

function processOf({ metadata }: PodObject, { id }: { readonly id: string }): string {
  return `${metadata.uid}/${id}`;
}

function lifecycleOf(pod: PodObject, runs: boolean): Lifecycle {
  if (pod.metadata.deletionTimestamp !== undefined) return 'terminating';
  return runs ? 'running' : 'pending';
}

function intern(text: string, texts: Map<string, string>): string {
  const known = texts.get(text);
  if (known !== undefined) return known;
  texts.set(text, text);
  return text;
}

async function readAnchors(
  texts: Iterable<string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const read = new Map<string, readonly string[]>();
  for (const text of texts) read.set(text, (await parseBundle(text)).fingerprints);
  return read;
}
