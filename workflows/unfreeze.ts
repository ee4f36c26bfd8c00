import { mutate } from './activity-profiles.ts';
import type { Rotation } from './rotation.ts';
import { change } from './steps.ts';

/** Gives cert-manager the renewal of the anchor back, as its owner had it; `false` where it stays off. */
export async function unfreeze(rotation: Rotation): Promise<boolean> {
  const { overdue } = await change(rotation, () =>
    mutate("restore the anchor's automatic renewal").unfreezeTrustAnchor({
      context: rotation.context,
    }),
  );
  if (overdue === undefined) return true;
  rotation.note(
    `the automatic renewal of the trust anchor stays off: by its own settings it has been due since ${overdue}, and cert-manager would make another anchor at once that no proxy knows; the next rotation renews it`,
  );
  return false;
}
