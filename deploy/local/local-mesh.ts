import { setTimeout as delay } from 'node:timers/promises';
import type { TrustPkiOptions } from '../../simulator/guide/guide-objects.ts';
import { installTrustPki } from '../../simulator/guide/install-trust-pki.ts';
import { awaitWorkloads } from '../../simulator/mesh/await-workloads.ts';
import type { AppSpec } from '../../simulator/mesh/install-apps.ts';
import { installApps } from '../../simulator/mesh/install-apps.ts';
import { installLinkerd } from '../../simulator/mesh/install-linkerd.ts';
import type { MeshOptions, SimulatedMesh } from '../../simulator/mesh/start-mesh.ts';
import { startMesh } from '../../simulator/mesh/start-mesh.ts';
import type { LocalCluster } from './local-cluster.ts';

/** A whole Linkerd cluster on this machine. */
export interface LocalMesh {
  readonly mesh: SimulatedMesh;
  readonly kubeConfigYaml: string;
  /** Stops the cluster, too. */
  stop(): Promise<void>;
}

export interface LocalMeshOptions {
  readonly apps: readonly AppSpec[];
  readonly controlPlaneReplicas: number;
  readonly leafLifetimeMs: number;
  /** How old the bundle is when the control plane starts: in a real mesh it is months. */
  readonly bundleAgeMs?: number;
  readonly pki?: TrustPkiOptions;
  readonly mesh?: Omit<MeshOptions, 'kubeConfigYaml'>;
}

const startTimeoutMs = 300_000;
/** Of applications: thousands of pods start one after the other. */
const startTimeoutPerPodMs = 200;

/** Thirteen workloads with 42 proxies on three nodes: control plane, Deployments, a StatefulSet, a DaemonSet. */
export const demoApps: readonly AppSpec[] = [
  { kind: 'Deployment', namespace: 'shop', name: 'web', replicas: 4 },
  { kind: 'Deployment', namespace: 'shop', name: 'cart', replicas: 3 },
  { kind: 'Deployment', namespace: 'shop', name: 'catalog', replicas: 4 },
  { kind: 'Deployment', namespace: 'shop', name: 'checkout', replicas: 3 },
  { kind: 'StatefulSet', namespace: 'shop', name: 'orders', replicas: 3 },
  { kind: 'Deployment', namespace: 'billing', name: 'invoices', replicas: 3 },
  { kind: 'Deployment', namespace: 'billing', name: 'payments', replicas: 4 },
  { kind: 'Deployment', namespace: 'billing', name: 'ledger', replicas: 3 },
  { kind: 'Deployment', namespace: 'observability', name: 'metrics', replicas: 3 },
  { kind: 'DaemonSet', namespace: 'observability', name: 'agent' },
];

/** Eight proxies: enough for every state that a rotation passes through. */
export const smallApps: readonly AppSpec[] = [
  { kind: 'Deployment', namespace: 'shop', name: 'web', replicas: 2 },
  { kind: 'StatefulSet', namespace: 'shop', name: 'orders', replicas: 1 },
];

/**
 * Puts a Linkerd mesh into a cluster without nodes: set up as the guide says, with its workloads up.
 * When that fails, the cluster is stopped.
 */
export async function startLocalMesh(
  cluster: LocalCluster,
  options: LocalMeshOptions,
): Promise<LocalMesh> {
  const { kubeConfigYaml } = cluster;
  let mesh: SimulatedMesh | undefined;
  const stop = async (): Promise<void> => {
    await mesh?.stop();
    await cluster.stop();
  };
  try {
    await installTrustPki(kubeConfigYaml, options.pki);
    mesh = await startMesh({ ...options.mesh, kubeConfigYaml });
    await delay(options.bundleAgeMs ?? 0);
    await installLinkerd({
      kubeConfigYaml,
      replicas: options.controlPlaneReplicas,
      leafLifetimeMs: options.leafLifetimeMs,
      // A Service would lead nowhere: Kubernetes takes no endpoints on the loopback.
      webhookUrl: mesh.injectorUrl,
    });
    await awaitWorkloads(kubeConfigYaml, startTimeoutMs);
    await installApps(kubeConfigYaml, options.apps);
    const pods = options.apps.reduce((sum, { replicas = 1 }) => sum + replicas, 0);
    await awaitWorkloads(kubeConfigYaml, startTimeoutMs + pods * startTimeoutPerPodMs);
    return { mesh, kubeConfigYaml, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
