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
  readonly onList: (pods: readonly unknown[]) => void;
  readonly onPod: (pod: unknown, gone: boolean) => void;
  readonly reportProblem: ReportProblem;
}

/** Follows all pods of the cluster until the signal aborts: list, watch, and again after an error or a 410. */
export async function watchPods(options: PodWatchOptions): Promise<void> {
  const place: Place = { resourceVersion: undefined };
  while (!isAborted(options.signal)) {
    try {
      await followFrom(place, options);
    } catch (error) {
      if (isAborted(options.signal)) return;
      options.reportProblem('The watch on pods was interrupted', error);
      if (refusalStatus(error) === 410) place.resourceVersion = undefined;
      await delay(retryMs);
    }
  }
}

/** What was seen last: kept while a watch breaks off, so that nothing is told twice. */
interface Place {
  /** Nothing when the list must be read again. */
  resourceVersion: string | undefined;
}

async function followFrom(place: Place, { api, signal, ...tell }: PodWatchOptions): Promise<void> {
  if (place.resourceVersion === undefined) {
    const list = await api.list(podsPath);
    tell.onList(list.items);
    place.resourceVersion = list.resourceVersion;
  }
  for await (const { type, object } of api.watch(podsPath, place.resourceVersion, signal)) {
    if (type === 'ERROR') {
      place.resourceVersion = undefined;
      // Not at once: a server that is about to go may answer so for a while.
      await delay(retryMs);
      return;
    }
    place.resourceVersion = resourceVersionOf(object) ?? place.resourceVersion;
    if (type !== 'BOOKMARK') tell.onPod(object, type === 'DELETED');
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
