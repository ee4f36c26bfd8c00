import type { MeshObjects } from '../domain/objects.ts';
import { writesBundle } from '../domain/objects.ts';
import type { BundleKeeper, BundleState } from './bundle-keeper.ts';
import { directBundle } from './direct-bundle.ts';
import { distributedBundle } from './distributed-bundle.ts';
import type { Kube } from './kubernetes/kube.ts';

/** Whoever looks at the bundle goes through here, and need not know whose it is. */
export function bundleKeeper(objects: MeshObjects): BundleKeeper {
  return writesBundle(objects) ? directBundle : distributedBundle;
}

/** Reads the bundle wherever it belongs, the control plane's namespace in any case. */
export function readBundle(kube: Kube, objects: MeshObjects): Promise<BundleState> {
  return bundleKeeper(objects).read(kube, objects);
}
