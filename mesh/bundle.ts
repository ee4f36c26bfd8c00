import type { MeshObjects } from '../domain/objects.ts';
import { writesBundle } from '../domain/objects.ts';
import type { BundleKeeper, BundleState } from './bundle-keeper.ts';
import { explainHazard } from './bundle-text.ts';
import { directBundle } from './direct-bundle.ts';
import { bundleRef, distributedBundle } from './distributed-bundle.ts';
import type { Kube } from './kubernetes/kube.ts';
import { describeObject } from './kubernetes/resources.ts';
import type { WaitOptions } from './wait.ts';
import { waitFor } from './wait.ts';

/** The trust bundle is not distributed by a Bundle of trust-manager. */
export class BundleMissingError extends Error {
  override readonly name = 'BundleMissingError';
}

/** Whoever looks at the bundle goes through here, and need not know whose it is. */
export function bundleKeeper(objects: MeshObjects): BundleKeeper {
  return writesBundle(objects) ? directBundle : distributedBundle;
}

/** Reads the bundle wherever it belongs, the control plane's namespace in any case. */
export function readBundle(kube: Kube, objects: MeshObjects): Promise<BundleState> {
  return bundleKeeper(objects).read(kube, objects);
}

/**
 * Waits until every target holds exactly these certificates in a text that Linkerd can read.
 * @throws BundleMissingError when nothing distributes it; DeadlineError naming the namespaces.
 */
export async function waitForBundle(
  kube: Kube,
  objects: MeshObjects,
  options: WaitOptions & { readonly fingerprints: readonly string[] },
): Promise<BundleState> {
  const wanted = options.fingerprints.toSorted();
  const what = `the trust bundle to hold exactly ${String(wanted.length)} wanted anchor(s) everywhere`;
  return waitFor(what, options, async () => {
    const state = await readBundle(kube, objects);
    if (state.bundle === undefined) throw bundleMissing(objects);
    const laggards = bundleLaggards(state, wanted);
    return laggards.length === 0
      ? { done: true, value: state }
      : { done: false, progress: laggards.slice(0, 5).join('; ') };
  });
}

/** What differs from the wanted set, one text a namespace; [] when nothing does. */
export function bundleLaggards(
  state: BundleState,
  fingerprints: readonly string[],
): readonly string[] {
  const wanted = fingerprints.toSorted().join();
  const differing = state.targets.flatMap((target) => {
    if (target.fatal) {
      return [`namespace ${target.namespace}: ${target.hazards.map(explainHazard).join(', ')}`];
    }
    return target.fingerprints.join() === wanted
      ? []
      : [
          `namespace ${target.namespace} holds ${String(target.fingerprints.length)} other anchor(s)`,
        ];
  });
  const missing = state.missingIn.map((namespace) => `namespace ${namespace} has no bundle yet`);
  const all = [...differing, ...missing];
  if (all.length === 0) return all;
  return [...all, `the Bundle says ${state.bundle?.detail ?? 'nothing, it does not exist'}`];
}

export function bundleMissing(objects: MeshObjects): BundleMissingError {
  return new BundleMissingError(
    `${describeObject(bundleRef(objects))} does not exist, or trust-manager is not installed: nothing distributes the trust bundle. Next step: install trust-manager and create the Bundle as Linkerd's guide says.`,
  );
}
