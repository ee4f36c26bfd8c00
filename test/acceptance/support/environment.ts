import type { LocalMesh } from '../../../deploy/local/local-mesh.ts';
import { smallApps, startLocalMesh } from '../../../deploy/local/local-mesh.ts';
import type { BundleOwnership } from '../../../domain/objects.ts';
import type { Sources } from '../../../domain/sources.ts';
import { defaultSources } from '../../../domain/sources.ts';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import { resources } from '../../../mesh/kubernetes/resources.ts';
import type { Pausable } from '../../../simulator/cluster/cluster-options.ts';
import type { TrustPkiOptions } from '../../../simulator/guide/guide-objects.ts';
import type { AppSpec } from '../../../simulator/mesh/install-apps.ts';
import type { SimulatedMesh } from '../../../simulator/mesh/start-mesh.ts';
import type { Approver } from './approver.ts';
import { startApprover } from './approver.ts';
import type { ControlPlane, EmptyCluster, EmptyClusterOptions } from './empty-cluster.ts';
import { clusterKind, startEmptyCluster } from './empty-cluster.ts';
import type { EngineWork } from './engine-roles.ts';
import { engineRoles } from './engine-roles.ts';
import { patienceMs } from '../../support/patience.ts';

/**
 * A cluster to rotate. Scenarios reach everything in it through its Kubernetes API; only what no API
 * offers (a process that misbehaves, a controller that is down) is a control of its own.
 */
export interface Environment {
  /** Of a cluster administrator. */
  readonly kubeConfigYaml: string;
  /** Of the engine, which may do nothing but what the product's table of rights has. */
  workerKubeConfigYaml(): Promise<string>;
  /** Proxies as they really are, faults, and the traffic whose failures are counted. */
  readonly mesh: Omit<SimulatedMesh, 'stop'>;
  readonly certManager: Pausable;
  readonly trustManager: Pausable;
  /** cert-manager's webhook; in the simulated cluster only. */
  readonly webhook?: Pausable;
  /** Decides on requests where cert-manager's own approver is off. */
  readonly approver?: Approver;
  /** The processes themselves; on the real cluster only. */
  readonly controlPlane?: ControlPlane;
  stop(): Promise<void>;
}

export interface EnvironmentOptions extends EmptyClusterOptions {
  /** Whether the engine reconciles the TrustAnchorRotation, and may; default false. */
  readonly isOperator?: boolean;
  /** `direct`: there is no trust-manager, and a person has made the bundle; default `trustManager`. */
  readonly bundleOwnership?: BundleOwnership;
  /** What the engine may take over from owners, default nothing. */
  readonly sources?: Sources;
  /** Default: none is refreshed while a scenario runs; at another pace than urgent it needs `refreshedLeafMs`. */
  readonly leafLifetimeMs?: number;
  readonly apps?: readonly AppSpec[];
  readonly pki?: TrustPkiOptions;
  /**
   * How old the bundle is when linkerd-identity starts, default 0: then nobody knows whether it read
   * the bundle before or after, and a rotation restarts it.
   */
  readonly bundleAgeMs?: number;
  /**
   * Sets up the PKI before there is a mesh; the engine's rights are then the scenario's to give, too.
   * Default: both as every scenario has them.
   */
  readonly install?: (cluster: EmptyCluster) => Promise<void>;
}

/** First refreshed after seven minutes: what brings a new leaf is a restart, so the pace is urgent. */
const leafLifetimeMs = 600_000;
/**
 * Of scenarios in which leaves are refreshed: short enough for a rotation in seconds, and long enough
 * for a busy machine to refresh in time, for a leaf that has ended cannot.
 */
export const refreshedLeafMs = clusterKind === 'real' ? 30_000 : 20_000;

/** Kubelets ask for each object that they mount; a real API server has enough to do without. */
const kubeletSyncMs = clusterKind === 'real' ? 1_000 : 500;

/** No anchor or issuer falls due by itself while a scenario runs, unless it asks for that. */
const quietPki: TrustPkiOptions = {
  anchorDuration: '24h',
  anchorRenewBefore: '1h',
  issuerDuration: '4h',
  issuerRenewBefore: '1h',
};

/** Nine proxies, set up as Linkerd's guide says. */
export async function startEnvironment(options: EnvironmentOptions = {}): Promise<Environment> {
  const cluster = await startEmptyCluster(options);
  const approver =
    options.certManager?.withoutApprover === true
      ? await startApprover(cluster.kubeConfigYaml)
      : undefined;
  if (options.bundleOwnership === 'direct') await removeTrustManager(cluster);
  await options.install?.(cluster);
  const mesh = await startMeshIn(cluster, options);
  if (options.install === undefined)
    await cluster.setEngineRoles(await engineRoles(workOf(options)));
  const { kubeConfigYaml, certManager, trustManager, webhook, controlPlane } = cluster;
  return {
    kubeConfigYaml,
    workerKubeConfigYaml: () => cluster.workerKubeConfigYaml(),
    mesh: mesh.mesh,
    certManager,
    trustManager,
    ...(webhook && { webhook }),
    ...(approver && { approver }),
    ...(controlPlane && { controlPlane }),
    stop: async () => {
      await approver?.stop();
      await mesh.stop();
    },
  };
}

function workOf({
  isOperator = false,
  bundleOwnership = 'trustManager',
  sources = defaultSources,
}: EnvironmentOptions): EngineWork {
  return { isOperator, bundleOwnership, sources };
}

async function removeTrustManager({ kubeConfigYaml, trustManager }: EmptyCluster): Promise<void> {
  trustManager.pause();
  const kube = await connectCluster({ kubeConfigYaml, requestTimeoutMs: patienceMs });
  await kube.delete({
    type: resources.customResourceDefinitions,
    name: 'bundles.trust.cert-manager.io',
  });
  await kube.close();
}

function startMeshIn(cluster: EmptyCluster, options: EnvironmentOptions): Promise<LocalMesh> {
  return startLocalMesh(cluster, {
    apps: options.apps ?? smallApps,
    controlPlaneReplicas: 2,
    leafLifetimeMs: options.leafLifetimeMs ?? leafLifetimeMs,
    pki: {
      ...quietPki,
      ...(options.bundleOwnership === 'direct' && { bundle: 'byHand' }),
      ...options.pki,
    },
    ...(options.bundleAgeMs !== undefined && { bundleAgeMs: options.bundleAgeMs }),
    mesh: { kubeletSyncMs, drainMs: 1_500, trafficPerSecond: 30 },
  });
}
