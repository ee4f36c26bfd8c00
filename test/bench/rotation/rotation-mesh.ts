import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { demoTimings, demoBundleAgeMs } from '../../../deploy/local/demo-timings.ts';
import type { ClusterKind } from '../../../deploy/local/local-cluster.ts';
import { startLocalCluster } from '../../../deploy/local/local-cluster.ts';
import type { LocalMesh } from '../../../deploy/local/local-mesh.ts';
import { startLocalMesh } from '../../../deploy/local/local-mesh.ts';
import type { TemporalServer } from '../../../deploy/local/temporal-server.ts';
import { startTemporalServer } from '../../../deploy/local/temporal-server.ts';
import type { Timings } from '../../../domain/rotation-request.ts';
import { rotationTaskQueue } from '../../../domain/rotation-request.ts';
import type { WorkloadRef } from '../../../domain/survey.ts';
import { readClusterId } from '../../../mesh/cluster-id.ts';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import type { AppSpec } from '../../../simulator/mesh/install-apps.ts';
import type { WorkerProcess } from '../../acceptance/support/workers.ts';
import {
  removeWorkerFiles,
  spawnWorker,
  workflowBundle,
} from '../../acceptance/support/workers.ts';
import { Teardown } from '../../../deploy/local/teardown.ts';

/** A mesh of a size, with Temporal beside it: what whole rotations are measured on, one after another. */
export interface RotationMesh {
  readonly local: LocalMesh;
  readonly kube: Kube;
  readonly cluster: string;
  readonly client: Client;
  readonly dataPlane: readonly WorkloadRef[];
  readonly leafLifetimeMs: number;
  startWorker(): Promise<WorkerProcess>;
  stop(): Promise<void>;
}

export interface RotationMeshOptions {
  readonly cluster: ClusterKind;
  /** Proxies, those of the control plane included. */
  readonly proxies: number;
  readonly say: (line: string) => void;
  /** New connections a second; default none. */
  readonly trafficPerSecond?: number;
}

/** Leaves live 24 h in Linkerd; everything that takes minutes there is brought forward with them. */
const shortestLeafLifetimeMs = 60_000;
/**
 * One process is all proxies: so many leaves a second leave it time to start others. With twice as many
 * it fell behind at four thousand, and refreshes that failed were tried again ever sooner.
 */
const refreshesPerSecond = 5;
/**
 * Waiting for certificates to age guards against node clocks that run behind, of which there is one
 * here; mounted bundles are fresh after a second.
 */
export const benchTimings: Timings = {
  ...demoTimings,
  pollMs: 200,
  settleMs: 2_000,
  certificateAgeMs: 100,
  rolloutTimeoutMs: 300_000,
};
/** Linkerd's own default is ten workloads at a time, too. */
export const waveSize = 10;

const controlPlaneReplicas = 3;
const podsPerWorkload = 10;
/** Kubernetes' scheduler spreads pods; a node of the simulated kind takes 500. */
const podsPerNode = 200;

const quietPki = {
  anchorDuration: '24h',
  anchorRenewBefore: '1h',
  issuerDuration: '4h',
  issuerRenewBefore: '1h',
};

export async function startRotationMesh(options: RotationMeshOptions): Promise<RotationMesh> {
  const { proxies, say, trafficPerSecond } = options;
  const teardown = new Teardown();
  try {
    say(`starting a mesh of ${String(proxies)} proxies on a ${options.cluster} cluster …`);
    const temporal = await startTemporalServer({
      headless: true,
      ownProcess: true,
      log: () => undefined,
    });
    teardown.add(() => temporal.stop());
    // Before there are proxies: bundling keeps this process busy for longer than they may wait.
    await workflowBundle();
    teardown.add(removeWorkerFiles);
    const apps = appsOf(proxies);
    const leafLifetimeMs = Math.max(shortestLeafLifetimeMs, (proxies * 1_000) / refreshesPerSecond);
    const local = await startLocalMesh(await startLocalCluster(options.cluster, say), {
      apps,
      controlPlaneReplicas,
      leafLifetimeMs,
      bundleAgeMs: demoBundleAgeMs,
      pki: quietPki,
      mesh: {
        nodes: Math.max(3, Math.ceil(proxies / podsPerNode)),
        ...(trafficPerSecond === undefined ? {} : { trafficPerSecond }),
      },
    });
    teardown.add(() => local.stop());
    return await connectAll({ local, temporal, apps, leafLifetimeMs }, teardown);
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function connectAll(
  started: {
    readonly local: LocalMesh;
    readonly temporal: TemporalServer;
    readonly apps: readonly AppSpec[];
    readonly leafLifetimeMs: number;
  },
  teardown: Teardown,
): Promise<RotationMesh> {
  const { local, temporal, apps, leafLifetimeMs } = started;
  const { kubeConfigYaml } = local;
  const kube = await connectCluster({ kubeConfigYaml, requestTimeoutMs: 30_000 });
  teardown.add(() => kube.close());
  const connection = await Connection.connect({ address: temporal.address });
  teardown.add(() => connection.close());
  const cluster = await readClusterId(kube);
  return {
    local,
    kube,
    cluster,
    client: new Client({ connection }),
    dataPlane: apps.map(({ kind, namespace, name }) => ({ kind, namespace, name })),
    leafLifetimeMs,
    startWorker: async () => {
      const worker = await spawnWorker({
        kubeConfigYaml,
        temporalAddress: temporal.address,
        isOperator: false,
      });
      teardown.add(() => worker.stop());
      await untilPolled(connection, rotationTaskQueue(cluster));
      return worker;
    },
    stop: () => teardown.run(),
  };
}

const workerTimeoutMs = 120_000;

/** A worker takes work once it polls: that much of its start is not the rotation's time. */
async function untilPolled(connection: Connection, taskQueue: string): Promise<void> {
  const deadlineMs = Date.now() + workerTimeoutMs;
  for (;;) {
    const { pollers } = await connection.workflowService.describeTaskQueue({
      namespace: 'default',
      taskQueue: { name: taskQueue },
    });
    if (pollers.length > 0) return;
    if (Date.now() > deadlineMs) throw new Error('the worker did not come up');
    await delay(100);
  }
}

function appsOf(proxies: number): readonly AppSpec[] {
  const pods = proxies - 3 * controlPlaneReplicas;
  const workloads = Math.max(1, Math.round(pods / podsPerWorkload));
  return Array.from({ length: workloads }, (_, index) => ({
    kind: 'Deployment',
    namespace: `team-${String(Math.floor(index / podsPerWorkload) + 1)}`,
    name: `app-${String(index + 1)}`,
    replicas: Math.floor((pods * (index + 1)) / workloads) - Math.floor((pods * index) / workloads),
  }));
}
