import type { ContainerRuntime } from './container-runtime.ts';
import type { PodObject } from './pod-object.ts';

export interface PodStatusInput {
  readonly pod: PodObject;
  readonly podIp: string;
  readonly hostIp: string;
  readonly startTime: string;
  readonly containers: ReadonlyMap<string, ContainerRuntime>;
  /** Overrides what the containers say: a pod that ends, or is held back by a test, is not ready. */
  readonly heldUnready: boolean;
  /** When `Ready` last changed. */
  readonly readySince: string;
}

/** Whether every container that stays is ready. */
export function areContainersReady(input: PodStatusInput): boolean {
  return !input.heldUnready && [...input.containers.values()].every(({ ready }) => ready);
}

/** The pod's status as the kubelet writes it, as the body of a merge patch. */
export function renderPodStatus(input: PodStatusInput): Record<string, unknown> {
  const { pod, podIp, hostIp, startTime, containers } = input;
  const ready = areContainersReady(input);
  const running = [...containers.values()].every(({ started, lastEnded }) => started ?? lastEnded);
  const condition = (type: string, holds: boolean, since: string): Record<string, unknown> => ({
    type,
    status: holds ? 'True' : 'False',
    lastTransitionTime: since,
    ...(holds ? {} : { reason: 'ContainersNotReady' }),
  });
  return {
    phase: running ? 'Running' : 'Pending',
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    hostIP: hostIp,
    startTime,
    conditions: [
      condition('PodScheduled', true, startTime),
      condition('Initialized', true, startTime),
      condition('ContainersReady', ready, input.readySince),
      condition('Ready', ready, input.readySince),
    ],
    containerStatuses: pod.spec.containers.map(({ name, image }) =>
      containerStatus(name, image, input),
    ),
    ...(pod.spec.initContainers.length === 0
      ? {}
      : {
          initContainerStatuses: pod.spec.initContainers.map(({ name, image }) =>
            containerStatus(name, image, input),
          ),
        }),
  };
}

function containerStatus(
  name: string,
  image: string | undefined,
  input: PodStatusInput,
): Record<string, unknown> {
  const common = { name, image: image ?? '', imageID: '' };
  const runtime = input.containers.get(name);
  if (runtime === undefined) return { ...common, ...completedInit(input) };
  const { started, waiting, lastEnded, restartCount } = runtime;
  return {
    ...common,
    restartCount,
    ready: runtime.ready && !input.heldUnready,
    started: started !== undefined,
    state: started
      ? { running: { startedAt: started.startedAt } }
      : { waiting: { reason: waiting?.reason, message: waiting?.message } },
    ...(started && { containerID: started.containerId }),
    ...(lastEnded && {
      lastState: { terminated: { exitCode: 1, reason: 'Error', ...ended(lastEnded) } },
    }),
  };
}

function ended({
  containerId,
  ...rest
}: NonNullable<ContainerRuntime['lastEnded']>): Record<string, unknown> {
  return { ...rest, containerID: containerId };
}

/** An init container that is no sidecar has done its work before anything else starts. */
function completedInit({ startTime }: PodStatusInput): Record<string, unknown> {
  return {
    restartCount: 0,
    ready: true,
    started: false,
    state: {
      terminated: {
        exitCode: 0,
        reason: 'Completed',
        startedAt: startTime,
        finishedAt: startTime,
      },
    },
  };
}
