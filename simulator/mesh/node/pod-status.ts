import type { ContainerRuntime } from './container-runtime.ts';
import { timestamp } from './container-runtime.ts';
import type { ContainerObject, PodObject } from './pod-object.ts';

export interface PodView {
  readonly pod: PodObject;
  readonly podIp: string;
  readonly hostIp: string;
  readonly startTime: string;
  /** Those that stay. */
  readonly containers: ReadonlyMap<string, ContainerRuntime>;
  /** The volumes are there; before that a pod has neither an address nor a running container. */
  readonly isMounted: boolean;
  /** Overrides what the containers say: a pod that ends, or is held back by a test, is not ready. */
  readonly heldUnready: boolean;
}

/** Whether every container that stays is ready. */
export function areContainersReady({ heldUnready, containers }: PodView): boolean {
  return !heldUnready && [...containers.values()].every(({ ready }) => ready);
}

interface ContainerStatus {
  readonly name: string;
  readonly started: boolean;
  readonly ready: boolean;
  readonly state: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  /** `null` takes away what a patch of before has left. */
  readonly reason: string | null;
  readonly message: string | null;
}

/** Renders a pod's status as the kubelet does, and remembers since when its conditions are what they are. */
export class PodStatusWriter {
  readonly #since = new Map<string, { readonly status: string; readonly at: string }>();

  /** The body of a strategic merge patch: conditions of others, `PodScheduled` for one, stay. */
  render(view: PodView): Record<string, unknown> {
    const { pod, podIp, hostIp, startTime, isMounted } = view;
    const { generation } = pod.metadata;
    const initContainerStatuses = pod.spec.initContainers.map((c) => containerStatus(c, view));
    const containerStatuses = pod.spec.containers.map((c) => containerStatus(c, view));
    const observed = generation === undefined ? {} : { observedGeneration: generation };
    const addresses = (ip: string): object[] => [{ $patch: 'replace' }, { ip }];
    return {
      ...observed,
      phase: phaseOf(initContainerStatuses, containerStatuses, view),
      hostIP: hostIp,
      hostIPs: addresses(hostIp),
      ...(isMounted && { podIP: podIp, podIPs: addresses(podIp) }),
      startTime,
      conditions: conditionsOf(initContainerStatuses, containerStatuses, view).map((condition) => ({
        ...condition,
        ...observed,
        lastTransitionTime: this.#sinceOf(condition),
      })),
      containerStatuses,
      ...(initContainerStatuses.length > 0 && { initContainerStatuses }),
    };
  }

  #sinceOf({ type, status }: Condition): string {
    const known = this.#since.get(type);
    if (known?.status === status) return known.at;
    const at = timestamp();
    this.#since.set(type, { status, at });
    return at;
  }
}

type Statuses = readonly ContainerStatus[];

function isInitialized(inits: Statuses, mains: Statuses, { containers }: PodView): boolean {
  if (mains.some(({ state }) => 'running' in state)) return true;
  return inits.every(({ name, started, ready }) => (containers.has(name) ? started : ready));
}

function phaseOf(inits: Statuses, mains: Statuses, view: PodView): string {
  const hasRun = mains.some(({ lastState }) => lastState !== undefined);
  const allRun = mains.every(({ state }) => 'running' in state);
  return isInitialized(inits, mains, view) && (allRun || hasRun) ? 'Running' : 'Pending';
}

function conditionsOf(inits: Statuses, mains: Statuses, view: PodView): Condition[] {
  const condition = (
    type: string,
    holds: boolean,
    reason?: string,
    message?: string,
  ): Condition => ({
    type,
    status: holds ? 'True' : 'False',
    reason: (holds ? undefined : reason) ?? null,
    message: (holds ? undefined : message) ?? null,
  });
  const initialized = isInitialized(inits, mains, view);
  const ready = areContainersReady(view);
  const unready = [...inits, ...mains].filter((status) => !status.ready).map(({ name }) => name);
  const notReady = [
    'ContainersNotReady',
    `containers with unready status: [${unready.join(' ')}]`,
  ] as const;
  return [
    condition('PodReadyToStartContainers', view.isMounted),
    condition('Initialized', initialized, 'ContainersNotInitialized'),
    condition('Ready', ready, ...notReady),
    condition('ContainersReady', ready, ...notReady),
  ];
}

function containerStatus({ name, image }: ContainerObject, view: PodView): ContainerStatus {
  const common = { name, image: image ?? '', imageID: '' };
  const runtime = view.containers.get(name);
  if (runtime === undefined) return { ...common, restartCount: 0, ...initState(view) };
  const { started, waiting, lastEnded, restartCount } = runtime;
  return {
    ...common,
    restartCount,
    ready: runtime.ready && !view.heldUnready,
    started: runtime.isUp,
    state: started === undefined ? { waiting } : { running: { startedAt: started.startedAt } },
    ...(started && { containerID: started.containerID }),
    ...(lastEnded && { lastState: { terminated: { reason: 'Error', ...lastEnded } } }),
  };
}

/** An init container that is no sidecar does its work as soon as the volumes are there. */
function initState({
  isMounted,
  startTime,
}: PodView): Pick<ContainerStatus, 'ready' | 'started' | 'state'> {
  const times = { startedAt: startTime, finishedAt: startTime };
  return {
    ready: isMounted,
    started: false,
    state: isMounted
      ? { terminated: { exitCode: 0, reason: 'Completed', ...times } }
      : { waiting: { reason: 'PodInitializing' } },
  };
}
