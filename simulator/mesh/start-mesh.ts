import { startForwarder } from './forwarder.ts';
import { connectKubeApi } from './kube/kube-api.ts';
import { Port } from './linkerd-names.ts';
import type { NodeAgent } from './node/node-agent.ts';
import { startNodeAgent } from './node/node-agent.ts';
import type { NodeSettings } from './node/node-settings.ts';
import type { PodObject } from './node/pod-object.ts';
import type { PodRuntime } from './node/pod-runtime.ts';
import type { TrafficPeer } from './traffic/traffic.ts';
import { Traffic } from './traffic/traffic.ts';
import { TrustStates } from './trust/trust-state.ts';

/** Problems are kept for looking at, not for ever. */
const keptProblems = 500;

export interface MeshOptions extends Partial<NodeSettings> {
  readonly kubeConfigYaml: string;
  /** How many nodes to register; default 3. */
  readonly nodes?: number;
  /** Handshakes a second once `traffic.start()` was called; default 150. */
  readonly trafficPerSecond?: number;
  /** Beyond those, for each proxy at the beginning of a phase; default none. */
  readonly trafficPerProxyAndPhase?: number;
}

export interface MeshProblem {
  readonly at: string;
  readonly message: string;
  readonly cause: unknown;
}

/** One live proxy container. */
export interface ProxyInfo {
  /** `namespace/name`. */
  readonly pod: string;
  readonly podIp: string;
  readonly identity: string;
  /** See `TrustStates`. */
  readonly state: string;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Fingerprints. */
  readonly anchors: readonly string[];
  /** Fingerprints of what it presents, leaf first; empty before the first leaf. */
  readonly chain: readonly string[];
  readonly leafNotAfter: string | undefined;
  readonly refreshes: { readonly ok: number; readonly error: number };
}

/** The mesh half of the simulated cluster. Pods are named `namespace/name`. */
export interface SimulatedMesh {
  readonly traffic: Traffic;
  /** Where an API server reaches a ready injector: `webhookUrl` for `installLinkerd`. */
  readonly injectorUrl: string;
  proxies(): ProxyInfo[];
  /** What went wrong in the background and was tried again, oldest first. */
  problems(): readonly MeshProblem[];
  /** The identity replica overlooks the next change of its issuer file. */
  missNextReload(pod: string): void;
  /** The pod's mounted files grow stale until `thawMount`. */
  freezeMount(pod: string): void;
  thawMount(pod: string): void;
  /** Ends a container as a crash does; it starts anew with a new id and a new environment. */
  crashContainer(pod: string, container: string): Promise<void>;
  /** Keeps matching pods unready, those to come too, until the returned function is called. */
  neverReady(match: (pod: PodObject) => boolean): () => void;
  stop(): Promise<void>;
}

const defaults: NodeSettings = {
  kubeletSyncMs: 1_000,
  drainMs: 1_000,
  minRefreshMs: 1_000,
};

/**
 * Attaches simulated nodes, proxies, identity and injector to a cluster. Traffic waits for its `start()`.
 *
 * @throws when the API cannot be reached.
 */
export async function startMesh(options: MeshOptions): Promise<SimulatedMesh> {
  const { kubeConfigYaml, nodes = 3, ...settings } = options;
  const problems: MeshProblem[] = [];
  const api = await connectKubeApi(kubeConfigYaml);
  const controlPlaneApi = await connectKubeApi(kubeConfigYaml);
  const closeApis = async (): Promise<void> => {
    await api.close();
    await controlPlaneApi.close();
  };
  const agent = await startNodeAgent({
    api,
    controlPlaneApi,
    nodeNames: Array.from({ length: nodes }, (_, index) => `node-${index + 1}`),
    settings: { ...defaults, ...settings },
    reportProblem: (message, cause) => {
      problems.push({ at: new Date().toISOString(), message, cause });
      if (problems.length > keptProblems) problems.shift();
    },
  }).catch(async (error: unknown) => {
    await closeApis();
    throw error;
  });
  const traffic = trafficBetween(() => agent.pods().flatMap(peerOf), options);
  const states = new TrustStates();
  const injector = await startForwarder(Port.Injector, () =>
    agent.componentPodIps('proxy-injector'),
  );

  return {
    traffic,
    injectorUrl: `https://127.0.0.1:${injector.port}/`,
    proxies: () => {
      const pods = agent.pods();
      for (const { proxy } of pods) if (proxy !== undefined) states.learn(proxy.credentials);
      return pods.flatMap((pod) => proxyInfo(pod, states));
    },
    problems: () => problems,
    ...testControls(agent),
    stop: async () => {
      await traffic.stop();
      await injector.close();
      await agent.stop();
      await closeApis();
    },
  };
}

type TestControls = Pick<
  SimulatedMesh,
  'missNextReload' | 'freezeMount' | 'thawMount' | 'crashContainer' | 'neverReady'
>;

function testControls(agent: NodeAgent): TestControls {
  return {
    missNextReload: (pod) => {
      const { identity } = agent.pod(pod);
      if (identity === undefined) throw new Error(`Pod ${pod} runs no linkerd-identity`);
      identity.missNextReload();
    },
    freezeMount: (pod) => agent.pod(pod).files?.freeze(),
    thawMount: (pod) => agent.pod(pod).files?.thaw(),
    crashContainer: async (pod, name) => {
      const container = agent.pod(pod).containers.get(name);
      if (container === undefined) throw new Error(`Pod ${pod} has no container ${name}`);
      await container.crash('crashed on request');
    },
    neverReady: (match) => agent.holdUnready(match),
  };
}

function peerOf({ key, proxy, serving }: PodRuntime): TrafficPeer[] {
  return serving && proxy !== undefined ? [{ pod: key, proxy }] : [];
}

function proxyInfo(pod: PodRuntime, states: TrustStates): ProxyInfo[] {
  const { proxy } = pod;
  if (proxy === undefined) return [];
  const { credentials } = proxy;
  const chain = credentials.leaf()?.chain ?? [];
  return [
    {
      pod: pod.key,
      podIp: pod.podIp,
      identity: credentials.name,
      state: states.labelOf(credentials),
      serving: pod.serving,
      terminating: pod.terminating,
      anchors: credentials.anchors.map(({ fingerprint }) => fingerprint),
      chain: chain.map(({ fingerprint }) => fingerprint),
      leafNotAfter: chain[0]?.notAfter,
      refreshes: proxy.refreshes(),
    },
  ];
}

function trafficBetween(
  peers: () => readonly TrafficPeer[],
  { trafficPerSecond, trafficPerProxyAndPhase }: MeshOptions,
): Traffic {
  return new Traffic({
    peers,
    ...(trafficPerSecond === undefined ? {} : { ratePerSecond: trafficPerSecond }),
    perPeerAndPhase: trafficPerProxyAndPhase ?? 0,
  });
}
