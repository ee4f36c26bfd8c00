import type { Anchor } from '../domain/anchors.ts';
import type { BoundContext } from '../domain/rotation-context.ts';
import { readAnchor } from '../mesh/anchors.ts';
import { readOwnTarget } from '../mesh/bundle-target.ts';
import { bundleKeeper } from '../mesh/bundle.ts';
import { heldOf } from '../mesh/observation/identity.ts';
import { rootsIn } from '../mesh/roots.ts';
import type { RotationActivities } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { guarded } from './guard.ts';
import { withHeartbeat } from './progress.ts';

/** The trust bundle, where nobody else makes it from the anchor Secrets. */
export function createBundleActivities(
  deps: ActivityDependencies,
): Pick<RotationActivities, 'writeBundle'> {
  return {
    writeBundle: ({ context }) =>
      withHeartbeat({ text: 'writing the trust bundle' }, async (beat) => {
        const { objects, anchors } = context.survey;
        const { wanted, areAll } = await anchorsInSecrets(deps, context);
        const kept = await strangers(deps, context);
        const fingerprints = [...wanted, ...kept]
          .map(({ certificate }) => certificate.fingerprint)
          .toSorted();
        return guarded(
          deps,
          {
            context,
            mutation: { kind: 'write-bundle-source', remaining: heldOf(fingerprints, anchors) },
            isDone: ({ objects: { bundle } }) =>
              areAll &&
              bundle.hazard === undefined &&
              bundle.fingerprints.join() === fingerprints.join(),
            act: async () => {
              await bundleKeeper(objects).write?.(
                deps.kube,
                objects,
                [...wanted, ...kept].map(({ pem }) => pem),
              );
            },
          },
          beat,
        );
      }),
  };
}

/**
 * Those of A and B that the two anchor Secrets hold: what a Bundle of the guide would be made of. An
 * anchor that is neither of them is another hand's, at which the guard stops.
 */
async function anchorsInSecrets(
  { kube }: ActivityDependencies,
  { survey }: BoundContext,
): Promise<{ readonly wanted: readonly Anchor[]; readonly areAll: boolean }> {
  const { trustNamespace: namespace, trustAnchor, previousAnchor } = survey.objects;
  const found = await Promise.all(
    [previousAnchor, trustAnchor].map((name) => readAnchor(kube, { namespace, name })),
  );
  const held = new Set(found.map((anchor) => anchor?.certificate.fingerprint));
  const { a, b } = survey.anchors;
  const wanted = [a, b].filter(({ certificate }) => held.has(certificate.fingerprint));
  return { wanted, areAll: wanted.length === held.size };
}

/** Roots in the bundle that are neither A nor B: somebody else needs them, and none is this rotation's to take. */
async function strangers(
  { kube }: ActivityDependencies,
  { survey: { objects, anchors } }: BoundContext,
): Promise<readonly Anchor[]> {
  const target = await readOwnTarget(kube, objects);
  const roots = await rootsIn([target?.pem ?? '']);
  for (const { certificate } of [anchors.a, anchors.b]) roots.delete(certificate.fingerprint);
  return [...roots.values()];
}
