import { z } from 'zod';
import type { WorkloadRef } from '../../domain/survey.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { resources } from '../kubernetes/resources.ts';
import { labelSelector, selectorText } from '../label-selector.ts';
import { workloadRef } from '../workloads.ts';
import { findContainer, hasEnded, podObject } from './pod-object.ts';
import { proxyName } from './proxies.ts';

const selecting = z.object({ spec: z.object({ selector: labelSelector.default({}) }) });

/**
 * Names of the pods of a workload that run without a proxy and are not about to go. Surveys cannot see them:
 * they list pods by a label that the injector sets. A path to the injector that does not work (its
 * certificate, its `caBundle`, its configuration) makes such pods where `failurePolicy` is Ignore.
 */
export async function podsWithoutProxy(
  kube: Kube,
  workload: WorkloadRef,
): Promise<readonly string[]> {
  const ref = workloadRef(workload);
  const found = ref && (await kube.get(ref, selecting));
  const text = found === undefined ? '' : selectorText(found.spec.selector);
  // Without a selector it would be every pod of the namespace.
  if (text === '') return [];
  const pods = await kube.list(resources.pods, podObject, {
    namespace: workload.namespace,
    labelSelector: text,
    compact: true,
  });
  return pods
    .filter((pod) => !hasEnded(pod) && pod.metadata.deletionTimestamp === undefined)
    .filter((pod) => findContainer(pod, proxyName) === undefined)
    .map(({ metadata }) => metadata.name);
}
