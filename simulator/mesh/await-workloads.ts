import { setTimeout as delay } from 'node:timers/promises';

import { z } from 'zod';

import type { KubeApi } from './kube/kube-api.ts';
import { connectKubeApi } from './kube/kube-api.ts';

const pollMs = 200;
/** For each workload that is not up: to list hundreds five times a second would be what keeps them waiting. */
const pollPerWorkloadMs = 5;
/** In the error. */
const mostNamed = 10;

const workloadObject = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    generation: z.number().default(0),
  }),
  spec: z.object({ replicas: z.number().default(1) }),
  status: z
    .object({
      observedGeneration: z.number().default(-1),
      replicas: z.number().default(0),
      updatedReplicas: z.number().default(0),
      readyReplicas: z.number().default(0),
      desiredNumberScheduled: z.number().optional(),
      updatedNumberScheduled: z.number().default(0),
      numberReady: z.number().default(0),
    })
    .prefault({}),
});

/**
 * Waits until every Deployment, StatefulSet and DaemonSet has rolled out and all its pods are ready.
 *
 * @throws after the timeout, naming those that are not.
 */
export async function awaitWorkloads(kubeConfigYaml: string, timeoutMs: number): Promise<void> {
  const api = await connectKubeApi(kubeConfigYaml);
  const deadlineMs = Date.now() + timeoutMs;
  try {
    for (;;) {
      const waiting = await unfinishedWorkloads(api);
      if (waiting.length === 0) return;
      if (Date.now() > deadlineMs) {
        const named = waiting.slice(0, mostNamed).join(', ');
        const more = waiting.length > mostNamed ? ` and ${waiting.length - mostNamed} more` : '';
        throw new Error(`Not ready after ${timeoutMs} ms: ${named}${more}`);
      }
      await delay(Math.max(pollMs, waiting.length * pollPerWorkloadMs));
    }
  } finally {
    await api.close();
  }
}

async function unfinishedWorkloads(api: KubeApi): Promise<string[]> {
  const unfinished: string[] = [];
  for (const resource of ['deployments', 'statefulsets', 'daemonsets']) {
    const { items } = await api.list(`/apis/apps/v1/${resource}`);
    for (const item of items) {
      const { metadata, spec, status } = workloadObject.parse(item);
      const wanted = status.desiredNumberScheduled ?? spec.replicas;
      const updated =
        status.desiredNumberScheduled === undefined
          ? status.updatedReplicas
          : status.updatedNumberScheduled;
      const ready = Math.max(status.readyReplicas, status.numberReady);
      const settled =
        status.observedGeneration >= metadata.generation &&
        updated >= wanted &&
        ready >= wanted &&
        status.replicas <= wanted;
      if (!settled) unfinished.push(`${resource}/${metadata.namespace}/${metadata.name}`);
    }
  }
  return unfinished;
}
