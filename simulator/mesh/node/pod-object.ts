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
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })).default([]),
});
export type ContainerObject = z.infer<typeof container>;

const volume = z.object({
  name: z.string(),
  configMap: z.object({ name: z.string() }).optional(),
  secret: z.object({ secretName: z.string() }).optional(),
});

/** What the node agent reads of a Pod. */
export const podObject = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    labels: stringMap.default({}),
    annotations: stringMap.default({}),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({
    nodeName: z.string().optional(),
    serviceAccountName: z.string().default('default'),
    containers: z.array(container),
    initContainers: z.array(container).default([]),
    volumes: z.array(volume).default([]),
  }),
  status: z.object({ phase: z.string().optional() }).default({}),
});
export type PodObject = z.infer<typeof podObject>;

/** Whether a container stays: an ordinary one, or an init container that is a native sidecar. */
export function isLongRunning(pod: PodObject, { name }: ContainerObject): boolean {
  const init = pod.spec.initContainers.find((candidate) => candidate.name === name);
  return init === undefined || init.restartPolicy === 'Always';
}

/** The pod's containers that stay, sidecars first, as the kubelet starts them. */
export function longRunningContainers(pod: PodObject): ContainerObject[] {
  const { initContainers, containers } = pod.spec;
  return [...initContainers, ...containers].filter((candidate) => isLongRunning(pod, candidate));
}

export function podKey({ metadata }: PodObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}
