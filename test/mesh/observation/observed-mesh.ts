import type { AnchorCandidates, RotationAnchors } from '../../../domain/anchors.ts';
import { identifyAnchors } from '../../../domain/anchors.ts';
import { documentedObjects } from '../../../domain/objects.ts';
import type { SurveyRequest } from '../../../domain/observation.ts';
import { defaultTimings } from '../../../domain/rotation-request.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import type { Surveyor } from '../../../mesh/observation/survey.ts';
import type { Log } from '../../../mesh/observation/log.ts';
import type { ClusterOptions } from '../../../simulator/cluster/cluster-options.ts';
import { installTrustPki } from '../../../simulator/guide/install-trust-pki.ts';
import type { SimulatedCluster } from '../../../simulator/cluster/start-cluster.ts';
import { startCluster } from '../../../simulator/cluster/start-cluster.ts';
import { awaitWorkloads } from '../../../simulator/mesh/await-workloads.ts';
import { installApps } from '../../../simulator/mesh/install-apps.ts';
import { installLinkerd } from '../../../simulator/mesh/install-linkerd.ts';
import type { SimulatedMesh } from '../../../simulator/mesh/start-mesh.ts';
import { startMesh } from '../../../simulator/mesh/start-mesh.ts';
import { patienceMs } from '../../support/patience.ts';

/** A small simulated mesh with the control plane and two applications, and access to it. */
export interface ObservedMesh {
  readonly cluster: SimulatedCluster;
  readonly mesh: SimulatedMesh;
  readonly kube: Kube;
  readonly kubeConfigYaml: string;
  stop(): Promise<void>;
}

export async function startObservedMesh(options: ClusterOptions = {}): Promise<ObservedMesh> {
  const cluster = await startCluster(options);
  const kubeConfigYaml = cluster.kubeConfigYaml();
  await installTrustPki(kubeConfigYaml);
  const kube = await connectCluster({ kubeConfigYaml, requestTimeoutMs: patienceMs });
  const mesh = await startMesh({
    kubeConfigYaml,
    nodes: 1,
    kubeletSyncMs: 100,
    drainMs: 100,
    minRefreshMs: 300,
  });
  await installLinkerd({ kubeConfigYaml, webhookUrl: mesh.injectorUrl });
  await installApps(kubeConfigYaml, [
    { kind: 'Deployment', namespace: 'shop', name: 'web', replicas: 2 },
    { kind: 'StatefulSet', namespace: 'shop', name: 'db', replicas: 1 },
  ]);
  await awaitWorkloads(kubeConfigYaml, patienceMs);
  return {
    cluster,
    mesh,
    kube,
    kubeConfigYaml,
    stop: async () => {
      await mesh.stop();
      await kube.close();
      await cluster.stop();
    },
  };
}

/** Times in which a test can wait. */
export const quickTimings = {
  ...defaultTimings,
  pollMs: 50,
  settleMs: 500,
  certificateAgeMs: 0,
  issuanceTimeoutMs: patienceMs,
  probeTimeoutMs: patienceMs,
};

export function surveyRequest(
  anchors: RotationAnchors,
  more: Partial<SurveyRequest> = {},
): SurveyRequest {
  return {
    objects: documentedObjects,
    anchors,
    bundleHistory: [],
    issuerHistory: [],
    excepted: [],
    timings: quickTimings,
    probe: true,
    ...more,
  };
}

/** A and B as the cluster shows them. */
export async function discovered(surveyor: Surveyor): Promise<RotationAnchors> {
  const candidates: AnchorCandidates = await surveyor.discover(documentedObjects);
  return identifyAnchors(candidates);
}

export const silentLog: Log = { info: () => undefined, warn: () => undefined };
