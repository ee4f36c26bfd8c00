import { createHash } from 'node:crypto';

import { z } from 'zod';

import {
  Annotation,
  Container,
  controlPlaneNamespace,
  Label,
  linkerdVersion,
} from '../linkerd-names.ts';
import { proxyContainer, proxyInitContainer, proxyVolumes } from './proxy-template.ts';

const stringMap = z.record(z.string(), z.string());

/** What the injector reads of the pod it is asked about. */
export const injectedPod = z.object({
  metadata: z.object({
    labels: stringMap.optional(),
    annotations: stringMap.optional(),
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).optional(),
  }),
  spec: z.object({
    containers: z.array(
      z.object({
        name: z.string(),
        ports: z.array(z.object({ containerPort: z.number() })).optional(),
      }),
    ),
    initContainers: z.array(z.looseObject({ name: z.string() })).optional(),
    volumes: z.array(z.unknown()).optional(),
    hostNetwork: z.boolean().optional(),
  }),
});
export type InjectedPod = z.infer<typeof injectedPod>;

export interface PatchOperation {
  readonly op: 'add' | 'replace';
  readonly path: string;
  readonly value: unknown;
}

export interface InjectionContext {
  readonly namespace: string;
  /** Annotation `linkerd.io/inject` of the namespace. */
  readonly namespaceInject: string | undefined;
  /** The mounted bundle, byte for byte. */
  readonly trustRoots: string;
  /** What owns the pod in the end, a ReplicaSet's Deployment for example. */
  readonly owner: { readonly kind: string; readonly name: string } | undefined;
}

/** Whether the pod asks for a proxy and can have one (linkerd2 `pkg/inject/report.go`). */
export function isInjectable(pod: InjectedPod, { namespaceInject }: InjectionContext): boolean {
  const { initContainers = [], containers, hostNetwork } = pod.spec;
  if (hostNetwork === true) return false;
  if ([...initContainers, ...containers].some(({ name }) => name === Container.Proxy)) return false;
  const asked = pod.metadata.annotations?.[Annotation.Inject] ?? namespaceInject;
  return asked === 'enabled' || asked === 'ingress';
}

/** The JSON patch that gives a pod its proxy, in the shape of the real injector's. */
export function injectionPatch(pod: InjectedPod, context: InjectionContext): PatchOperation[] {
  const { trustRoots, namespace, owner } = context;
  const { labels = {}, annotations = {} } = pod.metadata;
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  const proxy = proxyContainer({
    anchors: { pem: trustRoots },
    nativeSidecar: true,
    inboundPorts: ports.map(({ containerPort }) => containerPort),
  });
  return [
    {
      op: 'add',
      path: '/metadata/labels',
      value: {
        ...labels,
        [Label.ControlPlaneNamespace]: controlPlaneNamespace,
        ...(owner && { [`linkerd.io/proxy-${owner.kind.toLowerCase()}`]: owner.name }),
        [Label.WorkloadNamespace]: namespace,
      },
    },
    {
      op: 'add',
      path: '/metadata/annotations',
      value: {
        ...annotations,
        [Annotation.CreatedBy]: `linkerd/proxy-injector ${linkerdVersion}`,
        [Annotation.Inject]: annotations[Annotation.Inject] ?? 'enabled',
        [Annotation.ProxyVersion]: linkerdVersion,
        // The raw file: neither trimmed nor parsed (linkerd2 `pkg/inject/inject.go`).
        [Annotation.TrustRootHash]: createHash('sha256').update(trustRoots).digest('hex'),
      },
    },
    {
      op: 'add',
      path: '/spec/initContainers',
      value: [proxyInitContainer(), proxy, ...(pod.spec.initContainers ?? [])],
    },
    {
      op: 'add',
      path: '/spec/volumes',
      value: [...(pod.spec.volumes ?? []), ...proxyVolumes],
    },
  ];
}
