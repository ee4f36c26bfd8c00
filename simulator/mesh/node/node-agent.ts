import { createEventRecorder } from '../identity/event-recorder.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { Label } from '../linkerd-names.ts';
import type { ReportProblem } from './container-process.ts';
import { heartbeat, registerNode } from './node-objects.ts';
import type { NodeSettings } from './node-settings.ts';
import type { PodAddresses } from './pod-addresses.ts';
import { claimPodAddresses } from './pod-addresses.ts';
import type { PodObject } from './pod-object.ts';
import { PodRuntime } from './pod-runtime.ts';
import { watchPods } from './pod-watch.ts';

const heartbeatMs = 5_000;

export interface NodeAgentOptions {
  readonly api: KubeApi;
  readonly nodeNames: readonly string[];
  readonly settings: NodeSettings;
  readonly reportProblem: ReportProblem;
}

/** The kubelets of the simulated nodes, in one. */
export interface NodeAgent {
  /** Every pod that is bound to one of the nodes and not yet gone. */
  pods(): PodRuntime[];
  /** @param key `namespace/name`; throws when there is no such pod. */
  pod(key: string): PodRuntime;
  /** Addresses of the ready pods of a control-plane component, as its Service has them. */
  componentPodIps(component: string): string[];
  /** Pods that match are kept unready until the returned function is called. */
  holdUnready(match: (pod: PodObject) => boolean): () => void;
  stop(): Promise<void>;
}

/**
 * Registers the nodes and runs the pods that a scheduler binds to them, until stopped.
 *
 * @throws when the API cannot be reached or the nodes cannot be registered.
 */
export async function startNodeAgent(options: NodeAgentOptions): Promise<NodeAgent> {
  const { api, nodeNames, reportProblem } = options;
  const hostIps = new Map(nodeNames.map((name, index) => [name, `127.63.0.${index + 1}`]));
  for (const [name, hostIp] of hostIps) await registerNode(api, name, hostIp);
  const addresses = await claimPodAddresses();
  const fleet = new PodFleet(options, addresses, hostIps);
  const stopping = new AbortController();

  const watching = watchPods({
    api,
    signal: stopping.signal,
    onList: (pods) => fleet.reconcile(pods),
    onPod: (pod, gone) => fleet.follow(pod, gone),
    reportProblem,
  });
  const heartbeats = setInterval(() => {
    for (const [name, hostIp] of hostIps) {
      heartbeat(api, name, hostIp).catch((error: unknown) =>
        reportProblem(`The heartbeat of node ${name} failed`, error),
      );
    }
  }, heartbeatMs);

  return {
    pods: () => fleet.runtimes(),
    pod: (key) => {
      const runtime = fleet.runtimes().find((candidate) => candidate.key === key);
      if (runtime === undefined) throw new Error(`No pod ${key} runs on the simulated nodes`);
      return runtime;
    },
    componentPodIps: (component) => fleet.componentPodIps(component),
    holdUnready: (match) => fleet.holdUnready(match),
    stop: async () => {
      clearInterval(heartbeats);
      stopping.abort();
      await watching;
      await fleet.stop();
      await addresses.close();
    },
  };
}

class PodFleet {
  readonly #options: NodeAgentOptions;
  readonly #addresses: PodAddresses;
  readonly #hostIps: ReadonlyMap<string, string>;
  readonly #byUid = new Map<string, PodRuntime>();
  readonly #held = new Set<(pod: PodObject) => boolean>();
  readonly #events;

  constructor(
    options: NodeAgentOptions,
    addresses: PodAddresses,
    hostIps: ReadonlyMap<string, string>,
  ) {
    this.#options = options;
    this.#addresses = addresses;
    this.#hostIps = hostIps;
    this.#events = createEventRecorder(options.api, 'linkerd-identity', options.reportProblem);
  }

  runtimes(): PodRuntime[] {
    return [...this.#byUid.values()];
  }

  reconcile(pods: readonly PodObject[]): void {
    const listed = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const pod of pods) this.follow(pod, false);
    for (const [uid, runtime] of this.#byUid) {
      if (!listed.has(uid)) this.#end(uid, runtime);
    }
  }

  follow(pod: PodObject, gone: boolean): void {
    const { uid, deletionTimestamp } = pod.metadata;
    const runtime = this.#byUid.get(uid);
    if (runtime === undefined) {
      if (!gone) this.#begin(pod);
    } else if (gone || deletionTimestamp !== undefined) {
      this.#end(uid, runtime);
    }
  }

  componentPodIps(component: string): string[] {
    return this.runtimes()
      .filter(({ pod, serving }) => pod.metadata.labels[Label.Component] === component && serving)
      .map(({ podIp }) => podIp);
  }

  holdUnready(match: (pod: PodObject) => boolean): () => void {
    this.#held.add(match);
    const write = (): void => this.runtimes().forEach((runtime) => runtime.statusChanged());
    write();
    return () => {
      this.#held.delete(match);
      write();
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.runtimes().map((runtime) => runtime.stop()));
    this.#byUid.clear();
  }

  #begin(pod: PodObject): void {
    const hostIp = this.#hostIps.get(pod.spec.nodeName ?? '');
    if (hostIp === undefined || ['Succeeded', 'Failed'].includes(pod.status.phase ?? '')) return;
    const runtime = new PodRuntime({
      ...this.#options,
      pod,
      podIp: this.#addresses.take(),
      hostIp,
      events: this.#events,
      identityPodIps: () => this.componentPodIps('identity'),
      isHeldUnready: (candidate) => [...this.#held].some((match) => match(candidate)),
    });
    this.#byUid.set(pod.metadata.uid, runtime);
    runtime
      .start()
      .catch((error: unknown) =>
        this.#options.reportProblem(`Pod ${runtime.key} did not start`, error),
      );
    // An agent that starts late also finds pods that are already on their way out.
    if (pod.metadata.deletionTimestamp !== undefined) this.#end(pod.metadata.uid, runtime);
  }

  #end(uid: string, runtime: PodRuntime): void {
    if (runtime.terminating) return;
    runtime
      .terminate()
      .catch((error: unknown) =>
        this.#options.reportProblem(`Pod ${runtime.key} did not end cleanly`, error),
      )
      .finally(() => {
        this.#byUid.delete(uid);
        this.#addresses.release(runtime.podIp);
      });
  }
}
