import { readClusterId } from '../mesh/cluster-id.ts';
import { connectCluster } from '../mesh/kubernetes/connect.ts';
import { loadKubeConfig } from '../mesh/kubernetes/kube-config.ts';
import type { Kube } from '../mesh/kubernetes/kube.ts';

export interface ClusterOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** What people call the cluster; the name of the context when left out. */
  readonly clusterName?: string | undefined;
  /** User to act as. */
  readonly actAs?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** One cluster, known by an id that does not depend on who looks. */
export interface ClusterAccess {
  /** UID of namespace kube-system. */
  readonly id: string;
  readonly name: string;
  readonly kube: Kube;
  close(): Promise<void>;
}

/** A person waits for the answer; the worker, which does not, is more patient. */
const requestTimeoutMs = 10_000;

/** @throws ClusterError or KubernetesError, whose messages name the next step */
export async function openCluster(options: ClusterOptions): Promise<ClusterAccess> {
  const source = {
    kubeConfigPath: options.kubeconfig,
    context: options.context,
    actAs: options.actAs,
    env: options.env,
  };
  const kube = await connectCluster({ ...source, requestTimeoutMs });
  try {
    const name = options.clusterName ?? loadKubeConfig(source).getCurrentContext();
    return { id: await readClusterId(kube), name, kube, close: () => kube.close() };
  } catch (error) {
    await kube.close();
    throw error;
  }
}
