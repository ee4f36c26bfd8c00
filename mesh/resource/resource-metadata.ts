import { z } from 'zod';
import { InvalidRequestError, isConflict, NotFoundError } from '../kubernetes/errors.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { resourceRef } from './resource-ref.ts';

/** Keeps a deleted resource until the mesh is not half way any more. */
export const finalizer = 'trust.linkerd.io/rotation';

/** Its value is the gate that is approved; taken away before it is passed on. */
export const approveAnnotation = 'trust.linkerd.io/approve';

export function addFinalizer(kube: Kube): Promise<void> {
  return editFinalizers(kube, (names) =>
    names.includes(finalizer) ? names : [...names, finalizer],
  );
}

export function removeFinalizer(kube: Kube): Promise<void> {
  return editFinalizers(kube, (names) => names.filter((name) => name !== finalizer));
}

/** The status is written every second; more conflicts than this in a row are no coincidence. */
const maxAttempts = 5;

const finalized = z.object({
  metadata: z.object({
    resourceVersion: z.string(),
    finalizers: z.array(z.string()).default([]),
  }),
});

/** Against the version that was read: another hand's finalizers are not lost. */
async function editFinalizers(
  kube: Kube,
  edit: (names: readonly string[]) => readonly string[],
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const object = await kube.get(resourceRef, finalized);
    if (object === undefined) return;
    const { resourceVersion, finalizers } = object.metadata;
    const wanted = edit(finalizers);
    if (wanted.join() === finalizers.join()) return;
    try {
      const metadata = { resourceVersion, finalizers: wanted };
      await kube.patch(resourceRef, { metadata }, 'merge');
      return;
    } catch (error) {
      if (error instanceof NotFoundError) return;
      if (!isConflict(error) || attempt === maxAttempts) throw error;
    }
  }
}

/** Takes an approval away; `false` when another worker did, or it has become another one. */
export async function takeApproval(kube: Kube, gate: string): Promise<boolean> {
  const path = `/metadata/annotations/${approveAnnotation.replace('/', '~1')}`;
  const patch = [
    { op: 'test', path, value: gate },
    { op: 'remove', path },
  ];
  try {
    await kube.patch(resourceRef, patch, 'json');
    return true;
  } catch (error) {
    if (error instanceof InvalidRequestError || error instanceof NotFoundError) return false;
    throw error;
  }
}
