import { setTimeout as delay } from 'node:timers/promises';

import type { KubeApi } from '../kube/kube-api.ts';
import { refusalStatus } from '../kube/kube-api.ts';
import type { ReportProblem } from './container-process.ts';

const retryMs = 250;
const podsPath = '/api/v1/pods';

export interface PodWatchOptions {
  readonly api: KubeApi;
  readonly signal: AbortSignal;
  /** All pods there are, at the start and whenever the watch had to begin anew. */
  onList(pods: readonly unknown[]): void;
  readonly onPod: (pod: unknown, gone: boolean) => void;
  readonly reportProblem: ReportProblem;
}

/** Follows all pods of the cluster until the signal aborts: list, watch, and again after an error or a 410. */
export async function watchPods(options: PodWatchOptions): Promise<void> {
  const { api, signal } = options;
  let resourceVersion: string | undefined;
  while (!isAborted(signal)) {
    try {
      if (resourceVersion === undefined) {
        const list = await api.list(podsPath);
        options.onList(list.items);
        resourceVersion = list.resourceVersion;
      }
      for await (const { type, object } of api.watch(podsPath, resourceVersion, signal)) {
        if (type === 'ERROR') {
          resourceVersion = undefined;
          break;
        }
        resourceVersion = resourceVersionOf(object) ?? resourceVersion;
        if (type !== 'BOOKMARK') options.onPod(object, type === 'DELETED');
      }
    } catch (error) {
      if (isAborted(signal)) return;
      options.reportProblem('The watch on pods was interrupted', error);
      if (refusalStatus(error) === 410) resourceVersion = undefined;
      await delay(retryMs);
    }
  }
}

/** Asked as a function, since it changes while one waits. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function resourceVersionOf(object: unknown): string | undefined {
  // Every object of the API has metadata; the optional chaining covers the rest.
  return (object as { metadata?: { resourceVersion?: string } } | undefined)?.metadata
    ?.resourceVersion;
}
