import { omit } from '../api/maps.ts';
import type { KubeObject } from '../objects.ts';
import type { Resource } from '../resources.ts';

/** Whether the client asked for metadata only: `Accept: application/json;as=PartialObjectMetadata(List);…`. */
export function wantsMetadataOnly(accept: string | undefined): boolean {
  const first = (accept ?? '').split(',')[0] ?? '';
  return /;\s*as=PartialObjectMetadata(List)?\b/.test(first);
}

/** The object reduced to its metadata. */
export function toPartialMetadata(object: KubeObject): KubeObject {
  return {
    apiVersion: 'meta.k8s.io/v1',
    kind: 'PartialObjectMetadata',
    metadata: object.metadata,
  };
}

/** A list item: built-in types leave kind and apiVersion to the list, custom resources keep theirs. */
export function toListItem(resource: Resource, object: KubeObject): Record<string, unknown> {
  if (!resource.builtIn) return object;
  return omit(object, 'apiVersion', 'kind');
}
