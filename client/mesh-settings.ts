import type { Command } from 'commander';
import type { Found } from '../domain/checks/check.ts';
import type { MeshObjects } from '../domain/objects.ts';
import type { Sources } from '../domain/sources.ts';
import { find } from '../mesh/checks/find.ts';
import type { Kube } from '../mesh/kubernetes/kube.ts';
import { resourceRef } from '../mesh/resource/resource-ref.ts';
import type { RotationResource } from '../mesh/resource/rotation-resource.ts';
import { rotationResource } from '../mesh/resource/rotation-resource.ts';
import { objectsOf } from './object-options.ts';
import { sourcesOf } from './rotation-options.ts';

/** What the objects of a mesh are called, who writes its bundle, and where its certificates come from. */
export interface MeshSettings {
  readonly objects: MeshObjects;
  readonly sources: Sources;
  /** Whose they are, for people; absent where the cluster has nothing to say about it. */
  readonly origin?: string;
}

/** The TrustAnchorRotation of a cluster; `undefined` where there is none, or no such kind. */
export type FoundResource = Found<RotationResource | undefined>;

export function readResource(kube: Kube): Promise<FoundResource> {
  return find(() => kube.get(resourceRef, rotationResource));
}

/**
 * What flags say, then the cluster's TrustAnchorRotation, then Linkerd's guide: `linkerd check` knows
 * none of our flags, and shall look at the mesh as its owner has set it up.
 */
export function meshSettingsOf(command: Command, resource: FoundResource): MeshSettings {
  const spec = resource.found ? resource.value?.spec : undefined;
  const origin = originOf(resource);
  return {
    objects: objectsOf(command, spec?.objects),
    sources: sourcesOf(command, spec?.sources),
    ...(origin === undefined ? {} : { origin }),
  };
}

function originOf(resource: FoundResource): string | undefined {
  if (!resource.found) return `as Linkerd's guide has them: ${resource.why}`;
  return resource.value && 'as TrustAnchorRotation cluster has them; flags win';
}
