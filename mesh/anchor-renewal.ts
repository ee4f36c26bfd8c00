import { z } from 'zod';
import { requireGoDuration } from '../domain/go-duration.ts';
import { renewalTimeMs } from '../domain/renewal-time.ts';
import { canDisableRenewal } from './cert-manager.ts';
import type { CertificateState } from './certificates.ts';
import { readCertificate } from './certificates.ts';
import type { Kube } from './kubernetes/kube.ts';
import type { ObjectRef } from './kubernetes/resources.ts';
import { describeObject } from './kubernetes/resources.ts';

/** Keeps `spec.renewal` from before the freeze as JSON; `null` when there was none. */
export const renewalBeforeAnnotation = 'trust.linkerd.io/renewal-before-rotation';

export type FreezeResult =
  | { readonly frozen: true; readonly changed: boolean }
  /** cert-manager before 1.21 cannot be told; what it will do by itself, and when (ISO 8601 in UTC). */
  | { readonly frozen: false; readonly renewalTime?: string };

/**
 * Switches the automatic renewal of a Certificate off: a renewal that nobody asked for would change
 * the anchor in the middle of a rotation. A manual trigger still works. What was set before waits in
 * an annotation, so that a rotation which died is thawed by the next.
 */
export async function freezeRenewal(kube: Kube, ref: ObjectRef): Promise<FreezeResult> {
  const state = await readCertificate(kube, ref);
  if (!(await canDisableRenewal(kube))) {
    return {
      frozen: false,
      ...(state.renewalTime === undefined ? {} : { renewalTime: state.renewalTime }),
    };
  }
  const disabled = state.renewal?.['policy'] === 'Disabled';
  if (disabled && renewalBeforeAnnotation in state.annotations) {
    return { frozen: true, changed: false };
  }
  const before = JSON.stringify(state.renewal ?? null);
  await kube.patch(
    ref,
    {
      metadata: {
        resourceVersion: state.resourceVersion,
        annotations: { [renewalBeforeAnnotation]: before },
      },
      // Windows beside policy Disabled are refused by cert-manager's webhook.
      spec: { renewal: { policy: 'Disabled', windows: null } },
    },
    'merge',
  );
  return { frozen: true, changed: true };
}

export interface UnfreezeResult {
  readonly changed: boolean;
  /** It stays off: by what was found cert-manager would have renewed at this time, ISO 8601 in UTC. */
  readonly overdue?: string;
}

/**
 * Puts back what `freezeRenewal` found; without its annotation there is nothing to undo. A renewal that
 * has fallen due meanwhile would follow within seconds, and nobody would bring its anchor to the mesh.
 */
export async function unfreezeRenewal(kube: Kube, ref: ObjectRef): Promise<UnfreezeResult> {
  const state = await readCertificate(kube, ref);
  const recorded = state.annotations[renewalBeforeAnnotation];
  if (recorded === undefined) return { changed: false };
  const renewal = restored(ref, state, recorded);
  const dueMs = renewal?.['policy'] === 'Disabled' ? undefined : dueOf(state);
  if (dueMs !== undefined && dueMs <= (await kube.serverTime()).serverMs) {
    return { changed: false, overdue: new Date(dueMs).toISOString() };
  }
  await kube.patch(
    ref,
    {
      metadata: {
        resourceVersion: state.resourceVersion,
        annotations: { [renewalBeforeAnnotation]: null },
      },
      spec: { renewal },
    },
    'merge',
  );
  return { changed: true };
}

/** Unix milliseconds; `undefined` of one that has never been issued. */
function dueOf(state: CertificateState): number | undefined {
  const { notBefore, notAfter, renewBefore, renewBeforePercentage } = state;
  if (notBefore === undefined || notAfter === undefined) return undefined;
  return renewalTimeMs({
    notBeforeMs: Date.parse(notBefore),
    notAfterMs: Date.parse(notAfter),
    ...(renewBefore !== undefined && { renewBeforeMs: requireGoDuration(renewBefore) }),
    ...(renewBeforePercentage !== undefined && { renewBeforePercentage }),
  });
}

/** `spec.renewal` as a merge patch that leaves nothing of the freeze behind. */
function restored(
  ref: ObjectRef,
  state: CertificateState,
  recorded: string,
): Readonly<Record<string, unknown>> | null {
  const parsed = z.record(z.string(), z.unknown()).nullable().safeParse(parseJson(recorded));
  if (!parsed.success) {
    throw new Error(
      `Annotation ${renewalBeforeAnnotation} of ${describeObject(ref)} is not what was written there, so its automatic renewal stays off. Next step: set spec.renewal by hand and remove the annotation.`,
    );
  }
  if (parsed.data === null) return null;
  const current = Object.keys(state.renewal ?? {}).map((key) => [key, null] as const);
  return { ...Object.fromEntries(current), ...parsed.data };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // `undefined` is refused by the schema, with the text that says what to do.
    return undefined;
  }
}
