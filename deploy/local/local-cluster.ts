import { startCluster } from '../../simulator/cluster/start-cluster.ts';
import type { Print } from '../../test/real-cluster/components-binary.ts';
import { startRealCluster } from '../../test/real-cluster/start-real-cluster.ts';

/** A Kubernetes cluster on this machine with cert-manager and trust-manager, but without nodes. */
export interface LocalCluster {
  /** Of a cluster administrator. */
  readonly kubeConfigYaml: string;
  stop(): Promise<void>;
}

/** `real`: Kubernetes' own processes, built with Go; `simulated`: ours, in this process. */
export type ClusterKind = 'simulated' | 'real';

export async function startLocalCluster(kind: ClusterKind, print: Print): Promise<LocalCluster> {
  if (kind === 'real') return startRealCluster({ print });
  const cluster = await startCluster();
  return { kubeConfigYaml: cluster.kubeConfigYaml(), stop: () => cluster.stop() };
}
