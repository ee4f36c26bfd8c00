import { setTimeout as delay } from 'node:timers/promises';

import { z } from 'zod';

import type { EventRecorder } from '../identity/event-recorder.ts';
import type { IdentityController } from '../identity/identity.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { refusalStatus } from '../kube/kube-api.ts';
import { Container, Label } from '../linkerd-names.ts';
import type { Proxy } from '../proxy/proxy.ts';
import { startContainer } from './container-kinds.ts';
import type { ReportProblem } from './container-process.ts';
import { ContainerConfigError, ContainerRuntime } from './container-runtime.ts';
import type { PodFiles, VolumeMount } from './kubelet-files.ts';
import { mountPodFiles } from './kubelet-files.ts';
import type { NodeSettings } from './node-settings.ts';
import { resolveEnvironment } from './pod-environment.ts';
import type { ContainerObject, PodObject } from './pod-object.ts';
import { longRunningContainers, podKey } from './pod-object.ts';
import type { PodStatusInput } from './pod-status.ts';
import { areContainersReady, renderPodStatus } from './pod-status.ts';

const retryMs = 500;
const configMapObject = z.object({ data: z.record(z.string(), z.string()).optional() });

export interface PodRuntimeOptions {
  readonly api: KubeApi;
  readonly pod: PodObject;
  readonly podIp: string;
  readonly hostIp: string;
  readonly settings: NodeSettings;
  readonly events: EventRecorder;
  readonly reportProblem: ReportProblem;
  identityPodIps(): readonly string[];
  isHeldUnready(pod: PodObject): boolean;
}

/** One pod on a node of the agent, from its binding to its removal. */
export class PodRuntime {
  readonly key: string;
  readonly podIp: string;
  readonly containers = new Map<string, ContainerRuntime>();
  files: PodFiles | undefined;
  terminating = false;
  readonly #options: PodRuntimeOptions;
  readonly #stop = new AbortController();
  readonly #startTime = now();
  #readySince = now();
  #wasReady = false;
  #statusDirty = false;
  #writing: Promise<void> | undefined;

  constructor(options: PodRuntimeOptions) {
    this.#options = options;
    this.key = podKey(options.pod);
    this.podIp = options.podIp;
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  get pod(): PodObject {
    return this.#options.pod;
  }

  /** Ready as its status says, and not on its way out: what an endpoint of a service needs. */
  get serving(): boolean {
    return this.containers.size > 0 && !this.terminating && areContainersReady(this.#statusInput());
  }

  /** The processes carry their container's name, so the name tells the kind. */
  get proxy(): Proxy | undefined {
    return this.containers.get(Container.Proxy)?.process as Proxy | undefined;
  }

  get identity(): IdentityController | undefined {
    if (this.pod.metadata.labels[Label.Component] !== 'identity') return undefined;
    // Only `startIdentity` starts this container in an identity pod.
    return this.containers.get(Container.Identity)?.process as IdentityController | undefined;
  }

  /** Mounts, then starts the containers one after the other. Waits as long as something is missing. */
  async start(): Promise<void> {
    await delay(this.#options.settings.podStartDelayMs);
    const containers = longRunningContainers(this.pod);
    while (!this.#isStopped() && this.files === undefined) {
      this.files = await this.#mount(containers);
    }
    if (this.#isStopped()) return;
    for (const container of containers) {
      const runtime = this.#containerRuntime(container);
      this.containers.set(container.name, runtime);
    }
    for (const runtime of this.containers.values()) {
      if (!this.#isStopped()) await runtime.run();
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
    await this.#removeFromApi();
  }

  /** Ends everything without a word to the API. */
  async stop(): Promise<void> {
    this.terminating = true;
    this.#stop.abort();
    this.files?.unmount();
    await Promise.all([...this.containers.values()].map((container) => container.stop()));
    await this.#writing;
  }

  /** Writes the status again, once for any number of changes in a row. */
  statusChanged(): void {
    this.#statusDirty = true;
    // `writeStatus` reports its failures.
    this.#writing ??= this.#writeStatus().finally(() => {
      this.#writing = undefined;
    });
  }

  async #mount(containers: readonly ContainerObject[]): Promise<PodFiles | undefined> {
    const { api, settings, reportProblem } = this.#options;
    try {
      return await mountPodFiles({
        api,
        namespace: this.pod.metadata.namespace,
        mounts: playedMounts(this.pod, containers),
        syncMs: settings.kubeletSyncMs,
        reportProblem,
      });
    } catch (error) {
      reportProblem(`Pod ${this.key} waits for its volumes`, error);
      await delay(retryMs);
      return undefined;
    }
  }

  #containerRuntime(container: ContainerObject): ContainerRuntime {
    const { reportProblem } = this.#options;
    return new ContainerRuntime({
      name: container.name,
      reportProblem: (message, cause) => reportProblem(`Pod ${this.key}: ${message}`, cause),
      onChange: () => this.statusChanged(),
      start: async () =>
        startContainer(container, {
          ...this.#options,
          // Mounting comes before the first start.
          files: this.files as PodFiles,
          environment: await this.#environment(container),
          localIdentity: () => this.identity,
          onLeaf: () => this.statusChanged(),
        }),
    });
  }

  async #environment(container: ContainerObject): Promise<Map<string, string>> {
    const { api, podIp, pod } = this.#options;
    try {
      return await resolveEnvironment(container.env, {
        pod,
        podIp,
        configMapValue: async (name, key) => {
          const path = `/api/v1/namespaces/${pod.metadata.namespace}/configmaps/${name}`;
          const value = configMapObject.parse(await api.get(path)).data?.[key];
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

  #statusInput(): PodStatusInput {
    const { pod, podIp, hostIp } = this.#options;
    return {
      pod,
      podIp,
      hostIp,
      startTime: this.#startTime,
      containers: this.containers,
      heldUnready: this.terminating || this.#options.isHeldUnready(pod),
      readySince: this.#readySince,
    };
  }

  async #writeStatus(): Promise<void> {
    const { api, pod, reportProblem } = this.#options;
    const { name, namespace, uid } = pod.metadata;
    while (this.#statusDirty && !this.#isStopped()) {
      this.#statusDirty = false;
      const ready = areContainersReady(this.#statusInput());
      if (ready !== this.#wasReady) this.#readySince = now();
      this.#wasReady = ready;
      try {
        // The uid keeps a late write off a new pod of the same name.
        await api.mergePatch(`/api/v1/namespaces/${namespace}/pods/${name}/status`, {
          metadata: { uid },
          status: renderPodStatus(this.#statusInput()),
        });
      } catch (error) {
        const status = refusalStatus(error);
        if (status === 404 || status === 409) return;
        reportProblem(`The status of pod ${this.key} was not written`, error);
        this.#statusDirty = true;
        await delay(retryMs);
      }
    }
  }

  async #removeFromApi(): Promise<void> {
    const { api, pod, reportProblem } = this.#options;
    const { name, namespace, uid } = pod.metadata;
    try {
      await api.delete(`/api/v1/namespaces/${namespace}/pods/${name}`, {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        gracePeriodSeconds: 0,
        preconditions: { uid },
      });
    } catch (error) {
      const status = refusalStatus(error);
      // Gone already, or another pod has the name by now.
      if (status === 404 || status === 409) return;
      reportProblem(`Pod ${this.key} was not removed`, error);
    }
  }
}

/** The ConfigMap and Secret volumes of the containers that are played; others read no file here. */
function playedMounts(pod: PodObject, containers: readonly ContainerObject[]): VolumeMount[] {
  if (pod.metadata.labels[Label.Component] === undefined) return [];
  return containers.flatMap(({ volumeMounts }) =>
    volumeMounts.flatMap(({ name, mountPath }): VolumeMount[] => {
      const volume = pod.spec.volumes.find((candidate) => candidate.name === name);
      if (volume?.configMap !== undefined) {
        return [{ mountPath, kind: 'ConfigMap', objectName: volume.configMap.name }];
      }
      if (volume?.secret !== undefined) {
        return [{ mountPath, kind: 'Secret', objectName: volume.secret.secretName }];
      }
      return [];
    }),
  );
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
