import type { Kube } from '../../mesh/kubernetes/kube.ts';
import { connectCluster } from '../../mesh/kubernetes/connect.ts';
import { namespaces } from '../../simulator/guide/guide-objects.ts';
import { ensureObject } from '../../simulator/mesh/kube/apply-object.ts';
import { connectKubeApi } from '../../simulator/mesh/kube/kube-api.ts';
import { itNamesEachMissingRight } from './support/each-missing-right.ts';
import type { EmptyCluster } from './support/empty-cluster.ts';
import { startEmptyCluster } from './support/empty-cluster.ts';
import { ResourceInUse } from './support/rotation-resource.ts';
import { patienceMs } from '../support/patience.ts';

describe('an engine without one of its rights', () => {
  let cluster: EmptyCluster;
  let engine: Kube;

  before(async () => {
    cluster = await startEmptyCluster();
    await createNamespaces(cluster);
    await installDefinition(cluster);
    const kubeConfigYaml = await cluster.workerKubeConfigYaml();
    engine = await connectCluster({ kubeConfigYaml, requestTimeoutMs: patienceMs });
  });
  after(async () => {
    await engine.close();
    await cluster.stop();
  });

  itNamesEachMissingRight(() => ({ cluster, engine }));
});

async function createNamespaces({ kubeConfigYaml }: EmptyCluster): Promise<void> {
  const api = await connectKubeApi(kubeConfigYaml);
  try {
    for (const namespace of namespaces()) await ensureObject(api, namespace);
  } finally {
    await api.close();
  }
}

async function installDefinition({ kubeConfigYaml }: EmptyCluster): Promise<void> {
  const kube = await connectCluster({ kubeConfigYaml, requestTimeoutMs: patienceMs });
  try {
    await new ResourceInUse(kube).installDefinition();
  } finally {
    await kube.close();
  }
}
