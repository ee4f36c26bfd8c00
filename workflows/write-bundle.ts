import { bundleSources } from '../domain/foreign-hands.ts';
import { writesBundle } from '../domain/objects.ts';
import { mutateTrust } from './activity-profiles.ts';
import type { Rotation } from './rotation.ts';
import { change } from './steps.ts';

/**
 * The anchor Secrets have changed, and the bundle is to hold what they hold. Where it is the rotation's
 * own it is written here; elsewhere trust-manager has seen the Secrets change by itself.
 */
export async function bringIntoBundle(rotation: Rotation, what: string): Promise<void> {
  if (!writesBundle(rotation.request.objects)) return;
  const written = await change(rotation, () =>
    mutateTrust(`write ${what} into the trust bundle`, rotation.request.timings).writeBundle({
      context: rotation.boundContext,
    }),
  );
  rotation.saw(written.observed);
  rotation.did({ bundle: bundleAfterWrite(rotation) });
}

/** What the Secrets hold, and roots that are there for others: those are written back as they were. */
function bundleAfterWrite({ boundContext: { survey, recorded } }: Rotation): readonly string[] {
  const { a, b } = survey.anchors;
  const own = [a, b].map(({ certificate }) => certificate.fingerprint);
  const others = (recorded.bundle ?? []).filter((root) => !own.includes(root));
  return [...new Set([...bundleSources(recorded), ...others])].toSorted();
}
