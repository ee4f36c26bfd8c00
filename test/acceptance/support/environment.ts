import { smallApps, startLocalMesh } from '../../../deploy/local/local-mesh.ts';
import type { ClusterOptions, Pausable } from '../../../simulator/cluster/cluster-options.ts';
import type { TrustPkiOptions } from '../../../simulator/guide/guide-objects.ts';
import type { AppSpec } from '../../../simulator/mesh/install-apps.ts';
import type { SimulatedMesh } from '../../../simulator/mesh/start-mesh.ts';

/**
 * A cluster to rotate. Scenarios reach everything in it through its Kubernetes API; only what no API
 * offers (a process that misbehaves, a controller that is down) is a control of its own.
 */
export interface Environment {
  readonly kubeConfigYaml: string;
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
  readonly cluster?: ClusterOptions;
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

/** Nine proxies in the simulated cluster, set up as Linkerd's guide says. */
export async function startEnvironment(options: EnvironmentOptions = {}): Promise<Environment> {
  const local = await startLocalMesh({
    apps: options.apps ?? smallApps,
    controlPlaneReplicas: 2,
    leafLifetimeMs: options.leafLifetimeMs ?? leafLifetimeMs,
    pki: { ...quietPki, ...options.pki },
    mesh: { kubeletSyncMs: 500, drainMs: 1_500, trafficPerSecond: 60 },
    ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
  });
  const { kubeConfigYaml, mesh, cluster } = local;
  const { certManager, trustManager } = cluster;
  return { kubeConfigYaml, mesh, certManager, trustManager, stop: () => local.stop() };
}
