import { customResourceDefinition } from '../real-cluster/custom-resource-definitions.ts';
import type { Crd } from '../real-cluster/custom-resource-definitions.ts';
import type { Helm, Manifest } from './helm.ts';

/** What the chart trust-rotation-crds installs. */
export async function ownCrds(helm: Helm): Promise<readonly Crd[]> {
  const rendered = await helm.template({ chart: 'trust-rotation-crds', namespace: 'default' });
  return rendered.map((object) => customResourceDefinition.parse(object));
}

/** Those that an API server takes as long as only these CRDs of ours are installed. */
export function knownTo(crds: readonly Crd[], manifests: readonly Manifest[]): readonly Manifest[] {
  const known = manifests.filter(({ kind }) => kind !== 'TrustAnchorRotation' || crds.length > 0);
  if (known.length < manifests.length) {
    process.stdout.write(
      '\n  !! NOT CHECKED: the resource TrustAnchorRotation; trust-rotation-crds holds no CRD\n',
    );
  }
  return known;
}
