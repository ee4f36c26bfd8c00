import { z } from 'zod';
import type { CertificateState } from './certificates.ts';
import { certificateMissing } from './certificates.ts';
import { isConflict } from './kubernetes/errors.ts';
import type { Kube, RawObject } from './kubernetes/kube.ts';
import { rawObject } from './kubernetes/kube.ts';
import type { ObjectRef } from './kubernetes/resources.ts';

/** The controllers write status too, each of their 409s and ours is settled by reading again. */
const maxWrites = 5;

export interface TriggerOptions {
  readonly token: string;
  /** Failure time of the newest refused request of the pending revision, ISO 8601. */
  readonly after?: string | undefined;
}

/** Whether the issuance under way was triggered with this token. Nothing in cert-manager reads the message. */
export function isOurTrigger(state: CertificateState, token: string): boolean {
  return state.issuing?.message?.endsWith(`(${token})`) ?? false;
}

/**
 * Writes the condition that `cmctl renew` writes: GET, then PUT of the status with everything else
 * unchanged (whoever may write a status could point it at a foreign Secret, so nothing is built anew).
 */
export async function triggerRenewal(
  kube: Kube,
  ref: ObjectRef,
  options: TriggerOptions,
): Promise<void> {
  for (let writes = 1; ; writes += 1) {
    const object = await kube.get(ref, rawObject);
    if (object === undefined) throw certificateMissing(ref);
    const { serverMs } = await kube.serverTime();
    try {
      await kube.replaceStatus(ref, withIssuing(object, { ...options, nowMs: serverMs }));
      return;
    } catch (error) {
      if (!isConflict(error) || writes === maxWrites) throw error;
    }
  }
}

const statusParts = z.object({
  metadata: z.object({ generation: z.number().default(0) }),
  status: z
    .looseObject({
      lastFailureTime: z.string().optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
    })
    .default({ conditions: [] }),
});

function withIssuing(
  object: RawObject,
  options: TriggerOptions & { readonly nowMs: number },
): RawObject {
  const { metadata, status } = statusParts.parse(object);
  const others = status.conditions.filter(({ type }) => type !== 'Issuing');
  const old = status.conditions.find(({ type }) => type === 'Issuing');
  const since = [options.after, status.lastFailureTime];
  const issuing = {
    type: 'Issuing',
    status: 'True',
    reason: 'ManuallyTriggered',
    message: `Certificate re-issuance manually triggered (${options.token})`,
    observedGeneration: metadata.generation,
    // As cert-manager's SetCertificateCondition: the time changes only when the status does.
    lastTransitionTime:
      old?.status === 'True' ? old['lastTransitionTime'] : transitionTime(options.nowMs, since),
  };
  return { ...object, status: { ...status, conditions: [...others, issuing] } };
}

/**
 * Whole seconds, and later than every failure: a failed request counts as stale only if its failure
 * lies before this time, and a retry within the same second would fail on it at once. The API
 * server's clock is used, for the failures carry the cluster's time and ours may be off.
 */
function transitionTime(nowMs: number, failures: readonly (string | undefined)[]): string {
  const failuresMs = failures.flatMap((time) => (time === undefined ? [] : [Date.parse(time)]));
  const ms = Math.max(nowMs, ...failuresMs.map((failure) => failure + 1000));
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
