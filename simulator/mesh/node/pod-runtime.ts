import { setTimeout as delay } from 'node:timers/promises';

import type { EventRecorder } from '../identity/event-recorder.ts';
import type { IdentityController } from '../identity/identity.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { Container, Label } from '../linkerd-names.ts';
import type { Proxy } from '../proxy/proxy.ts';
import { startContainer } from './container-kinds.ts';
import type { ReportProblem } from './container-process.ts';
import { ContainerConfigError, ContainerRuntime, timestamp } from './container-runtime.ts';
import type { PodFiles } from './mounted-files.ts';
import { mountPodFiles } from './mounted-files.ts';
import type { NodeSettings } from './node-settings.ts';
import type { ObjectReader } from './object-reader.ts';
import { resolveEnvironment } from './pod-environment.ts';
import type { ContainerObject, PodObject } from './pod-object.ts';
import { isSidecar, longRunningContainers, podKey } from './pod-object.ts';
import type { PodView } from './pod-status.ts';
import { areContainersReady, PodStatusWriter } from './pod-status.ts';
import { playedMounts } from './pod-volumes.ts';
import { PodWriter } from './pod-writer.ts';

const retryMs = 500;

export interface PodRuntimeOptions {
  readonly api: KubeApi;
  readonly controlPlaneApi: KubeApi;
  readonly reader: ObjectReader;
  readonly pod: PodObject;
  readonly podIp: string;
  readonly hostIp: string;
  readonly settings: NodeSettings;
  readonly events: EventRecorder;
  readonly reportProblem: ReportProblem;
  identityPodIps(): readonly string[];
  /** Where a proxy that is a process of its own finds linkerd-identity, `host:port`. */
  readonly identityAddress: string;
  isHeldUnready(pod: PodObject): boolean;
  /** The end of the whole agent, after which no pod is told of any more. */
  readonly signal: AbortSignal;
}

/** One pod on a node of the agent, from its binding to its removal. */
export class PodRuntime {
  readonly key: string;
  readonly podIp: string;
  readonly containers: ReadonlyMap<string, ContainerRuntime>;
  files: PodFiles | undefined;
  terminating = false;
  readonly #options: PodRuntimeOptions;
  readonly #stop = new AbortController();
  readonly #startTime = timestamp();
  readonly #status = new PodStatusWriter();
  readonly #watchers = new Set<() => void>();
  readonly #writer: PodWriter;

  constructor(options: PodRuntimeOptions) {
    this.#options = options;
    this.key = podKey(options.pod);
    this.podIp = options.podIp;
    this.#writer = new PodWriter({
      ...options,
      render: () => this.#status.render(this.#view()),
    });
    this.containers = new Map(
      longRunningContainers(options.pod).map((container) => [
        container.name,
        this.#containerRuntime(container),
      ]),
    );
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  get pod(): PodObject {
    return this.#options.pod;
  }

  /** Ready as its status says, and not on its way out: what an endpoint of a service needs. */
  get serving(): boolean {
    return !this.terminating && areContainersReady(this.#view());
  }

  /** Nothing when the proxy is a program that the simulator does not look into. */
  get proxy(): Proxy | undefined {
    const process = this.containers.get(Container.Proxy)?.process;
    // Of what is started under this name, only the simulated proxy has credentials to show.
    return process !== undefined && 'credentials' in process ? (process as Proxy) : undefined;
  }

  get identity(): IdentityController | undefined {
    if (this.pod.metadata.labels[Label.Component] !== 'identity') return undefined;
    // Only `startIdentity` starts this container in an identity pod.
    return this.containers.get(Container.Identity)?.process as IdentityController | undefined;
  }

  /** Mounts, then starts the containers one after the other. Waits as long as something is missing. */
  async start(): Promise<void> {
    while (!this.#isStopped() && this.files === undefined) {
      this.files = await this.#mount();
    }
    // It may have ended while it was mounting.
    if (this.#isStopped()) this.files?.unmount();
    for (const container of this.containers.values()) {
      if (this.#isStopped()) return;
      await container.run();
      if (isSidecar(this.pod, container)) await this.#until(() => container.isUp);
    }
  }

  /** Becomes unready at once, serves on for the drain time, ends, and removes the pod from the API. */
  async terminate(): Promise<void> {
    if (this.terminating) return;
    this.terminating = true;
    this.statusChanged();
    // Only the end of the whole agent cuts the drain short, and then the pod object is none of its business.
    await delay(this.#options.settings.drainMs, undefined, { signal: this.#stop.signal }).catch(
      () => undefined,
    );
    if (this.#isStopped()) return;
    await this.stop();
    await this.#writer.remove();
  }

  /** Ends everything without a word to the API. */
  async stop(): Promise<void> {
    this.terminating = true;
    this.#stop.abort();
    this.#notify();
    this.files?.unmount();
    await Promise.all([...this.containers.values()].map((container) => container.stop()));
    await this.#writer.endStatus();
  }

  /** Writes the status again, once for any number of changes in a row. */
  statusChanged(): void {
    this.#notify();
    this.#writer.statusChanged();
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Resolves once the condition holds, which is looked at after each change, or the pod ends. */
  #until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition() && !this.#isStopped()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  async #mount(): Promise<PodFiles | undefined> {
    const { api, reader, settings, reportProblem } = this.#options;
    try {
      return await mountPodFiles({
        mounts: playedMounts(this.pod, api, reader),
        syncMs: settings.kubeletSyncMs,
        reportProblem: (message, cause) => reportProblem(`Pod ${this.key}: ${message}`, cause),
      });
    } catch (error) {
      reportProblem(`Pod ${this.key} waits for its volumes`, error);
      this.statusChanged();
      await delay(retryMs);
      return undefined;
    }
  }

  #containerRuntime(container: ContainerObject): ContainerRuntime {
    const { reportProblem } = this.#options;
    return new ContainerRuntime({
      name: container.name,
      hasStartupProbe: container.startupProbe !== undefined,
      reportProblem: (message, cause) => reportProblem(`Pod ${this.key}: ${message}`, cause),
      onChange: () => this.statusChanged(),
      start: async () =>
        startContainer(container, {
          ...this.#options,
          // Mounting comes before the first start.
          files: this.files as PodFiles,
          environment: await this.#environment(container),
          localIdentity: () => this.identity,
          onChange: () => this.statusChanged(),
        }),
    });
  }

  async #environment(container: ContainerObject): Promise<Map<string, string>> {
    const { reader, podIp, pod } = this.#options;
    const { namespace } = pod.metadata;
    try {
      return await resolveEnvironment(container.env, {
        pod,
        podIp,
        configMapValue: async (name, key) => {
          const data = await reader.read({ kind: 'ConfigMap', namespace, name }, 0);
          const value = data.get(key);
          if (value === undefined) throw new Error(`ConfigMap ${name} has no key ${key}`);
          return value;
        },
      });
    } catch (error) {
      throw new ContainerConfigError(
        `The environment of ${container.name} cannot be made: ${String(error)}`,
        error,
      );
    }
  }

  #view(): PodView {
    const { pod, podIp, hostIp } = this.#options;
    return {
      pod,
      podIp,
      hostIp,
      startTime: this.#startTime,
      containers: this.containers,
      isMounted: this.files !== undefined,
      heldUnready: this.terminating || this.#options.isHeldUnready(pod),
    };
  }
}
