import { z } from 'zod';
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

/** Puts back what `freezeRenewal` found; without its annotation there is nothing to undo. */
export async function unfreezeRenewal(
  kube: Kube,
  ref: ObjectRef,
): Promise<{ readonly changed: boolean }> {
  const state = await readCertificate(kube, ref);
  const recorded = state.annotations[renewalBeforeAnnotation];
  if (recorded === undefined) return { changed: false };
  await kube.patch(
    ref,
    {
      metadata: {
        resourceVersion: state.resourceVersion,
        annotations: { [renewalBeforeAnnotation]: null },
      },
      spec: { renewal: restored(ref, state, recorded) },
    },
    'merge',
  );
  return { changed: true };
}

/** `spec.renewal` as a merge patch that leaves nothing of the freeze behind. */
function restored(ref: ObjectRef, state: CertificateState, recorded: string): unknown {
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
