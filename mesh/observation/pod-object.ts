import { z } from 'zod';
import { condition } from '../conditions.ts';

/** The fields of a Pod that observations look at; everything else is dropped as pages arrive. */

const containerPort = z.object({ name: z.string().optional(), containerPort: z.number() });

const environmentEntry = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.object({ fieldRef: z.object({ fieldPath: z.string() }).optional() }).optional(),
});

const container = z.object({
  name: z.string(),
  args: z.array(z.string()).default([]),
  ports: z.array(containerPort).default([]),
  env: z.array(environmentEntry).default([]),
});

const containerStatus = z.object({
  name: z.string(),
  containerID: z.string().optional(),
  state: z
    .object({ running: z.object({ startedAt: z.string().optional() }).optional() })
    .default({}),
});

export const podObject = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    creationTimestamp: z.string().optional(),
    deletionTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
    ownerReferences: z
      .array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().optional() }))
      .default([]),
  }),
  spec: z.object({
    serviceAccountName: z.string().optional(),
    containers: z.array(container).default([]),
    initContainers: z.array(container).default([]),
  }),
  status: z
    .object({
      phase: z.string().optional(),
      podIP: z.string().optional(),
      conditions: z.array(condition).optional(),
      containerStatuses: z.array(containerStatus).default([]),
      initContainerStatuses: z.array(containerStatus).default([]),
    })
    .default({ containerStatuses: [], initContainerStatuses: [] }),
});

export type PodObject = z.infer<typeof podObject>;
export type PodContainer = z.infer<typeof container>;
export type EnvironmentEntry = z.infer<typeof environmentEntry>;

/** A process that a pod runs, or will. */
export interface FoundContainer {
  readonly container: PodContainer;
  /** Absent while no process runs: not started yet, or waiting to be started again. */
  readonly running?: { readonly id: string; readonly startedAt: string };
}

/** Pods in these phases have ended for good: none of their containers runs any more. */
export function hasEnded(pod: PodObject): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

/** A container by name, ordinary or native sidecar (an init container that keeps running). */
export function findContainer(pod: PodObject, name: string): FoundContainer | undefined {
  const { spec, status } = pod;
  const found = [...spec.containers, ...spec.initContainers].find((one) => one.name === name);
  if (found === undefined) return undefined;
  const reported = [...status.containerStatuses, ...status.initContainerStatuses].find(
    (one) => one.name === name,
  );
  const startedAt = reported?.state.running?.startedAt;
  const id = reported?.containerID;
  if (startedAt === undefined || id === undefined) return { container: found };
  return { container: found, running: { id, startedAt } };
}

/** A container's port by the names that it has had in Linkerd's charts, else the documented number. */
export function portOf(
  { ports }: PodContainer,
  names: readonly string[],
  documented: number,
): number {
  return (
    ports.find(({ name }) => name !== undefined && names.includes(name))?.containerPort ??
    documented
  );
}
