import { randomBytes } from 'node:crypto';

import type { KubeApi } from '../kube/kube-api.ts';
import type { ReportProblem } from '../node/container-process.ts';

export interface EventTarget {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface EventText {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface EventRecorder {
  /** Writes in the background: nothing in the mesh waits for an event. */
  record(target: EventTarget, text: EventText): void;
}

/** Beyond this many events an object gets one more every five minutes (client-go `events_cache.go`). */
const burst = 25;
const refillMs = 300_000;

/**
 * Records core/v1 Events as one component; repeats of one text are folded into a count, and what is
 * too many for one object is dropped, as client-go does.
 */
export function createEventRecorder(
  api: KubeApi,
  component: string,
  reportProblem: ReportProblem,
): EventRecorder {
  const written = new Map<string, { readonly path: string; count: number }>();
  const isTooMany = spamFilter();
  let queue = Promise.resolve();

  async function write(target: EventTarget, text: EventText): Promise<void> {
    const object = `${target.kind}/${target.namespace}/${target.name}`;
    if (isTooMany(object)) return;
    const key = `${object}/${text.reason}/${text.message}`;
    const lastTimestamp = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const known = written.get(key);
    if (known !== undefined) {
      known.count += 1;
      await api.mergePatch(known.path, { count: known.count, lastTimestamp });
      return;
    }
    const { namespace } = target;
    const name = `${target.name}.${randomBytes(8).toString('hex')}`;
    const path = `/api/v1/namespaces/${namespace}/events`;
    await api.create(path, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: target,
      ...text,
      source: { component },
      reportingComponent: component,
      firstTimestamp: lastTimestamp,
      lastTimestamp,
      count: 1,
    });
    written.set(key, { path: `${path}/${name}`, count: 1 });
  }

  return {
    record: (target, text) => {
      // One after the other, so that a repeat finds the event it is folded into.
      queue = queue.then(() =>
        write(target, text).catch((error: unknown) =>
          reportProblem(`The event ${text.reason} could not be recorded`, error),
        ),
      );
    },
  };
}

/** Whether one more event of an object is too many. */
function spamFilter(): (object: string) => boolean {
  const budgets = new Map<string, { readonly left: number; readonly atMs: number }>();
  return (object) => {
    const nowMs = Date.now();
    const { left, atMs } = budgets.get(object) ?? { left: burst, atMs: nowMs };
    const refilled = Math.min(burst, left + (nowMs - atMs) / refillMs);
    budgets.set(object, { left: Math.max(0, refilled - 1), atMs: nowMs });
    return refilled < 1;
  };
}
