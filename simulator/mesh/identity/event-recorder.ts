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

/** Records core/v1 Events as one component; repeats of one text are folded into a count, as client-go does. */
export function createEventRecorder(
  api: KubeApi,
  component: string,
  reportProblem: ReportProblem,
): EventRecorder {
  const written = new Map<string, { readonly path: string; count: number }>();
  let queue = Promise.resolve();

  async function write(target: EventTarget, text: EventText): Promise<void> {
    const key = `${target.kind}/${target.namespace}/${target.name}/${text.reason}/${text.message}`;
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
