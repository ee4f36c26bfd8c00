import { connectCluster } from '../../mesh/kubernetes/connect.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import type { WaitOptions } from '../../mesh/wait.ts';
import type { ClusterOptions } from '../../simulator/cluster/cluster-options.ts';
import type { TrustPkiOptions } from '../../simulator/guide/guide-objects.ts';
import { installTrustPki } from '../../simulator/guide/install-trust-pki.ts';
import type { SimulatedCluster } from '../../simulator/cluster/start-cluster.ts';
import { startCluster } from '../../simulator/cluster/start-cluster.ts';
import { patienceMs } from './patience.ts';

/** A simulated cluster with the objects of Linkerd's guide, and access to it. */
export interface SimulatedPki {
  readonly cluster: SimulatedCluster;
  readonly kube: Kube;
  stop(): Promise<void>;
}

export async function startPki(
  clusterOptions: ClusterOptions = {},
  pkiOptions: TrustPkiOptions = {},
): Promise<SimulatedPki> {
  const cluster = await startCluster(clusterOptions);
  await installTrustPki(cluster.kubeConfigYaml(), pkiOptions);
  const kube = await connectCluster({
    kubeConfigYaml: cluster.kubeConfigYaml(),
    requestTimeoutMs: patienceMs,
  });
  return {
    cluster,
    kube,
    stop: async () => {
      await kube.close();
      await cluster.stop();
    },
  };
}

/** A deadline that no healthy test comes near. */
export function soon(timeoutMs = patienceMs): WaitOptions {
  return { deadlineMs: Date.now() + timeoutMs };
}
