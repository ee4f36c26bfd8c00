import { smallApps, startLocalMesh } from '../../../deploy/local/local-mesh.ts';
import type { Pausable } from '../../../simulator/cluster/cluster-options.ts';
import type { TrustPkiOptions } from '../../../simulator/guide/guide-objects.ts';
import type { AppSpec } from '../../../simulator/mesh/install-apps.ts';
import type { SimulatedMesh } from '../../../simulator/mesh/start-mesh.ts';
import type { OnAccess } from './empty-cluster.ts';
import { startEmptyCluster } from './empty-cluster.ts';
import { engineRoles } from './engine-account.ts';

/**
 * A cluster to rotate. Scenarios reach everything in it through its Kubernetes API; only what no API
 * offers (a process that misbehaves, a controller that is down) is a control of its own.
 */
export interface Environment {
  /** Of a cluster administrator. */
  readonly kubeConfigYaml: string;
  /** Of the engine, which may do nothing but what the product's table of rights has. */
  readonly workerKubeConfigYaml: string;
  /** Proxies as they really are, faults, and the traffic whose failures are counted. */
  readonly mesh: Omit<SimulatedMesh, 'stop'>;
  readonly certManager: Pausable;
  readonly trustManager: Pausable;
  stop(): Promise<void>;
}

export interface EnvironmentOptions {
  readonly leafLifetimeMs?: number;
  readonly apps?: readonly AppSpec[];
  readonly pki?: TrustPkiOptions;
  /** Told of each request of the engine; in the simulated cluster only. */
  readonly onAccess?: OnAccess;
}

/** Short enough for a rotation in seconds, long enough for a busy machine to refresh in time. */
export const leafLifetimeMs = 15_000;

/** No anchor or issuer falls due by itself while a scenario runs, unless it asks for that. */
const quietPki: TrustPkiOptions = {
  anchorDuration: '24h',
  anchorRenewBefore: '1h',
  issuerDuration: '4h',
  issuerRenewBefore: '1h',
};

/** Nine proxies, set up as Linkerd's guide says. */
export async function startEnvironment(options: EnvironmentOptions = {}): Promise<Environment> {
  const cluster = await startEmptyCluster(options.onAccess);
  const local = await startLocalMesh(cluster, {
    apps: options.apps ?? smallApps,
    controlPlaneReplicas: 2,
    leafLifetimeMs: options.leafLifetimeMs ?? leafLifetimeMs,
    pki: { ...quietPki, ...options.pki },
    mesh: { kubeletSyncMs: 500, drainMs: 1_500, trafficPerSecond: 60 },
  });
  await cluster.setEngineRoles(engineRoles);
  const { kubeConfigYaml, workerKubeConfigYaml, certManager, trustManager } = cluster;
  return {
    kubeConfigYaml,
    workerKubeConfigYaml,
    mesh: local.mesh,
    certManager,
    trustManager,
    stop: () => local.stop(),
  };
}
