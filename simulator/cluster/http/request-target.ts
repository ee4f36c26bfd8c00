import { KubeError } from '../kube-error.ts';
import { CRDS, RESOURCES, resourcesOf } from '../resources.ts';
import type { Resource } from '../resources.ts';
import type { Store } from '../store.ts';

/** What an API path addresses. */
export interface RequestTarget {
  resource: Resource;
  namespace: string | undefined;
  name: string | undefined;
  subresource: 'status' | undefined;
}

/** All resources served now: the built-in table and what CustomResourceDefinitions add. */
export function servedResources(store: Store): Resource[] {
  return [...RESOURCES, ...store.list(CRDS).flatMap(resourcesOf)];
}

export function pathNotFound(): KubeError {
  return new KubeError(404, 'NotFound', {
    message: 'the server could not find the requested resource',
  });
}

/** Splits `/api/v1/…` or `/apis/<group>/<version>/…`; undefined for any other path. */
export function parseApiPath(
  path: string,
): { group: string; version: string; rest: string[] } | undefined {
  const [, root, ...parts] = path.split('/').map(decodeURIComponent);
  if (root === 'api') return { group: '', version: parts[0] ?? '', rest: parts.slice(1) };
  if (root !== 'apis' || parts.length < 2) return undefined;
  return { group: parts[0] ?? '', version: parts[1] ?? '', rest: parts.slice(2) };
}

interface Place {
  namespace: string | undefined;
  plural: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
}

/** `/namespaces/<ns>/<plural>…`; but `/namespaces/<name>` and `/namespaces/<name>/status` are the namespace itself. */
function placeOf(rest: string[]): Place {
  const isScoped = rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status';
  const [plural, name, subresource] = isScoped ? rest.slice(2) : rest;
  return {
    namespace: isScoped ? rest[1] : undefined,
    plural,
    name: name === '' ? undefined : name,
    subresource,
  };
}

/** A cluster-scoped resource has no namespaced path, and a namespaced object no other. */
function fitsScope({ namespaced }: Resource, { namespace, name }: Place): boolean {
  return namespaced ? namespace !== undefined || name === undefined : namespace === undefined;
}

/** Finds the resource an API path addresses. Throws 404 for a path that is not served. */
export function resolveTarget(store: Store, path: string): RequestTarget {
  const api = parseApiPath(path);
  if (api === undefined) throw pathNotFound();
  const place = placeOf(api.rest);
  const { namespace, plural, name, subresource } = place;
  const versioned = servedResources(store).filter(
    ({ group, version }) => group === api.group && version === api.version,
  );
  const resource = versioned.find((row) => row.plural === plural);
  if (resource === undefined || !fitsScope(resource, place)) throw pathNotFound();
  if (subresource === undefined) return { resource, namespace, name, subresource };
  if (subresource !== 'status' || !resource.hasStatus) throw pathNotFound();
  return { resource, namespace, name, subresource };
}
