import { z } from 'zod';
import type { Kube } from './kubernetes/kube.ts';
import { resources } from './kubernetes/resources.ts';

const namespaceObject = z.object({ metadata: z.object({ uid: z.string() }) });

/** UID of namespace kube-system: lives as long as the cluster and is the same for every client. */
export async function readClusterId(kube: Kube): Promise<string> {
  const ref = { type: resources.namespaces, name: 'kube-system' };
  const namespace = await kube.get(ref, namespaceObject);
  if (namespace === undefined) {
    throw new Error(
      `${kube.server} has no namespace kube-system, so it cannot be told from other clusters. Next step: check that the context leads to a Kubernetes cluster.`,
    );
  }
  return namespace.metadata.uid;
}
