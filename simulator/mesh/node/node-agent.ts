import { startForwarder } from '../forwarder.ts';
import { createEventRecorder } from '../identity/event-recorder.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { Label, Port } from '../linkerd-names.ts';
import type { ReportProblem } from './container-process.ts';
import { registerNode, renewLease } from './node-objects.ts';
import type { NodeSettings } from './node-settings.ts';
import { createObjectReader } from './object-reader.ts';
import type { PodAddresses } from './pod-addresses.ts';
import { claimPodAddresses } from './pod-addresses.ts';
import type { PodObject } from './pod-object.ts';
import { podHead, podObject } from './pod-object.ts';
import { PodRuntime } from './pod-runtime.ts';
import { watchPods } from './pod-watch.ts';

/** As often as the kubelet. */
const heartbeatMs = 10_000;

export interface NodeAgentOptions {
  /** The kubelets'. */
  readonly api: KubeApi;
  /** That of identity and injector: their calls must not queue behind the kubelets'. */
  readonly controlPlaneApi: KubeApi;
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
  const hostIps = new Map(nodeNames.map((name, index) => [name, hostIpOf(index)]));
  for (const [name, hostIp] of hostIps) await registerNode(api, name, hostIp);
  const addresses = await claimPodAddresses();
  const identity = await startForwarder(Port.Identity, () => fleet.componentPodIps('identity'));
  const fleet = new PodFleet(options, {
    addresses,
    hostIps,
    identityAddress: `127.0.0.1:${identity.port}`,
  });
  const stopping = new AbortController();

  const watching = watchPods({
    api,
    signal: stopping.signal,
    onList: (pods) => fleet.reconcile(pods),
    onPod: (pod, gone) => fleet.follow(pod, gone),
    reportProblem,
  });
  const heartbeats = setInterval(() => {
    for (const name of nodeNames) {
      renewLease(api, name).catch((error: unknown) =>
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
      await identity.close();
      await addresses.close();
    },
  };
}

function hostIpOf(index: number): string {
  return `127.63.${Math.floor(index / 250)}.${(index % 250) + 1}`;
}

interface Addresses {
  readonly addresses: PodAddresses;
  readonly hostIps: ReadonlyMap<string, string>;
  readonly identityAddress: string;
}

class PodFleet {
  readonly #options: NodeAgentOptions;
  readonly #places: Addresses;
  readonly #byUid = new Map<string, PodRuntime>();
  /** Those of the control plane: every leaf of a fleet asks for them. */
  readonly #byComponent = new Map<string, Set<PodRuntime>>();
  readonly #held = new Set<(pod: PodObject) => boolean>();
  readonly #over = new AbortController();
  readonly #events;
  readonly #reader;

  constructor(options: NodeAgentOptions, places: Addresses) {
    const { api, controlPlaneApi, reportProblem } = options;
    this.#options = options;
    this.#places = places;
    this.#events = createEventRecorder(controlPlaneApi, 'linkerd-identity', reportProblem);
    this.#reader = createObjectReader(api);
  }

  runtimes(): PodRuntime[] {
    return [...this.#byUid.values()];
  }

  reconcile(pods: readonly unknown[]): void {
    const listed = new Set(pods.map((pod) => this.follow(pod, false)));
    for (const [uid, runtime] of this.#byUid) {
      if (!listed.has(uid)) this.#end(runtime);
    }
  }

  /** @returns the pod's uid */
  follow(pod: unknown, gone: boolean): string {
    const { metadata, spec, status } = podHead.parse(pod);
    const { uid } = metadata;
    const hostIp = this.#places.hostIps.get(spec.nodeName ?? '');
    const hasEnded = ['Succeeded', 'Failed'].includes(status.phase ?? '');
    if (!this.#byUid.has(uid) && hostIp !== undefined && !hasEnded && !gone) {
      this.#begin(podObject.parse(pod), hostIp);
    }
    const runtime = this.#byUid.get(uid);
    // An agent that starts late also finds pods that are already on their way out.
    if (gone || metadata.deletionTimestamp !== undefined) this.#end(runtime);
    return uid;
  }

  componentPodIps(component: string): string[] {
    const runtimes = [...(this.#byComponent.get(component) ?? [])];
    return runtimes.filter(({ serving }) => serving).map(({ podIp }) => podIp);
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
    this.#over.abort();
    await Promise.all(this.runtimes().map((runtime) => runtime.stop()));
    this.#byUid.clear();
    this.#byComponent.clear();
  }

  #begin(pod: PodObject, hostIp: string): void {
    const { addresses, identityAddress } = this.#places;
    const runtime = new PodRuntime({
      ...this.#options,
      pod,
      podIp: addresses.take(),
      hostIp,
      identityAddress,
      events: this.#events,
      reader: this.#reader,
      identityPodIps: () => this.componentPodIps('identity'),
      isHeldUnready: (candidate) => [...this.#held].some((match) => match(candidate)),
      signal: this.#over.signal,
    });
    this.#byUid.set(pod.metadata.uid, runtime);
    this.#ofComponent(runtime)?.add(runtime);
    runtime
      .start()
      .catch((error: unknown) =>
        this.#options.reportProblem(`Pod ${runtime.key} did not start`, error),
      );
  }

  /** Its component's pods; nothing for a pod of an application. */
  #ofComponent({ pod }: PodRuntime): Set<PodRuntime> | undefined {
    const component = pod.metadata.labels[Label.Component];
    if (component === undefined) return undefined;
    const pods = this.#byComponent.get(component) ?? new Set();
    this.#byComponent.set(component, pods);
    return pods;
  }

  #end(runtime: PodRuntime | undefined): void {
    if (runtime === undefined || runtime.terminating) return;
    runtime
      .terminate()
      .catch((error: unknown) =>
        this.#options.reportProblem(`Pod ${runtime.key} did not end cleanly`, error),
      )
      .finally(() => {
        this.#byUid.delete(runtime.pod.metadata.uid);
        this.#ofComponent(runtime)?.delete(runtime);
        this.#places.addresses.release(runtime.podIp);
      });
  }
}
