import { redact } from '../../mesh/kubernetes/redact.ts';
import type { RotationResource } from '../../mesh/resource/rotation-resource.ts';
import { foreignStatusWrites } from '../../mesh/resource/field-owners.ts';
import { followResource } from './follow-resource.ts';
import type { OperatorParts } from './parts.ts';
import { newMemory } from './parts.ts';
import { reconcile } from './reconcile.ts';

/** Between two looks at Temporal; no request to the API server. */
const tickMs = 5_000;
/** What a person writes into the resource is taken up at once, a burst of it together. */
const settleMs = 100;
const longestPauseMs = 60_000;

export interface RunningOperator {
  stop(): Promise<void>;
}

/** Reconciles the TrustAnchorRotation of one cluster until it is stopped. */
export function startOperator(parts: OperatorParts): RunningOperator {
  const stopping = new AbortController();
  const { signal } = stopping;
  let resource: RotationResource | undefined;
  let wake = new AbortController();

  const following = followResource(
    parts,
    (found) => {
      const isNew = resource === undefined && found !== undefined;
      const isAsked = found !== undefined && asksOf(found) !== (resource && asksOf(resource));
      resource = found;
      parts.onResource(found);
      if (isNew) parts.telling.publisher.wake();
      if (isAsked) wake.abort();
    },
    signal,
  );
  const reconciling = work();

  async function work(): Promise<void> {
    const memory = newMemory();
    let pauseMs = tickMs;
    while (!signal.aborted) {
      wake = new AbortController();
      try {
        if (resource !== undefined) await reconcile(parts, resource, memory);
        pauseMs = tickMs;
      } catch (error) {
        // The next pass begins from what is there then.
        const reason = redact(error instanceof Error ? error.message : String(error));
        parts.log.warn({ reason }, 'the TrustAnchorRotation could not be reconciled');
        pauseMs = Math.min(2 * pauseMs, longestPauseMs);
      }
      await sleep(pauseMs, wake.signal);
      await sleep(settleMs);
    }
  }

  async function sleep(ms: number, sooner?: AbortSignal): Promise<void> {
    const cut = sooner === undefined ? signal : AbortSignal.any([signal, sooner]);
    await parts.clock.sleep(ms, cut).catch(() => undefined);
  }

  return {
    stop: async () => {
      stopping.abort();
      await Promise.all([following, reconciling]);
    },
  };
}

/** What somebody has written; our own telling of how things stand is no reason to look again. */
function asksOf(resource: RotationResource): string {
  const { uid, generation, annotations, isDeleting, finalizers } = resource;
  const foreign = foreignStatusWrites(resource);
  return JSON.stringify([uid, generation, annotations, isDeleting, finalizers, foreign]);
}
