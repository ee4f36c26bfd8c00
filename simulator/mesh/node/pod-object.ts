import { z } from 'zod';

const stringMap = z.record(z.string(), z.string());

const envVariable = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .object({
      fieldRef: z.object({ fieldPath: z.string() }).optional(),
      configMapKeyRef: z.object({ name: z.string(), key: z.string() }).optional(),
    })
    .optional(),
});
export type EnvVariable = z.infer<typeof envVariable>;

const container = z.object({
  name: z.string(),
  image: z.string().optional(),
  args: z.array(z.string()).default([]),
  env: z.array(envVariable).default([]),
  restartPolicy: z.string().optional(),
  startupProbe: z.unknown().optional(),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })).default([]),
});
export type ContainerObject = z.infer<typeof container>;

const tokenProjection = z.object({
  audience: z.string().optional(),
  expirationSeconds: z.number().default(3_600),
  path: z.string(),
});
export type TokenProjection = z.infer<typeof tokenProjection>;

const volume = z.object({
  name: z.string(),
  configMap: z.object({ name: z.string() }).optional(),
  secret: z.object({ secretName: z.string() }).optional(),
  projected: z
    .object({ sources: z.array(z.object({ serviceAccountToken: tokenProjection.optional() })) })
    .optional(),
});
export type VolumeObject = z.infer<typeof volume>;

/** What tells whether a pod is one to start or end; most events of a pod change nothing else that counts here. */
export const podHead = z.object({
  metadata: z.object({ uid: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.object({ nodeName: z.string().optional() }),
  status: z.object({ phase: z.string().optional() }).default({}),
});

/** What the node agent reads of a Pod that it runs. */
export const podObject = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    labels: stringMap.default({}),
    annotations: stringMap.default({}),
    generation: z.number().optional(),
  }),
  spec: z.object({
    nodeName: z.string(),
    serviceAccountName: z.string().default('default'),
    containers: z.array(container),
    initContainers: z.array(container).default([]),
    volumes: z.array(volume).default([]),
  }),
});
export type PodObject = z.infer<typeof podObject>;

/** Whether it is a native sidecar: an init container that stays, and that the next ones wait for. */
export function isSidecar({ spec }: PodObject, { name }: { readonly name: string }): boolean {
  const init = spec.initContainers.find((candidate) => candidate.name === name);
  return init?.restartPolicy === 'Always';
}

/** The pod's containers that stay, sidecars first, as the kubelet starts them. */
export function longRunningContainers(pod: PodObject): ContainerObject[] {
  const { initContainers, containers } = pod.spec;
  return [...initContainers.filter((container) => isSidecar(pod, container)), ...containers];
}

export function podKey({ metadata }: PodObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}
