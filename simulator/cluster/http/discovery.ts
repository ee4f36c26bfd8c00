import type { Store } from '../store.ts';
import type { Resource } from '../resources.ts';
import { parseApiPath, pathNotFound, servedResources } from './request-target.ts';

const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

function toApiResource({ plural, kind, namespaced }: Resource): object {
  return { name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs: VERBS };
}

function groupList(store: Store): object {
  const named = servedResources(store).filter(({ group }) => group !== '');
  const versions = new Map(named.map(({ group, version }) => [group, version]));
  const groups = [...versions].map(([name, version]) => {
    const entry = { groupVersion: `${name}/${version}`, version };
    return { name, versions: [entry], preferredVersion: entry };
  });
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

/** Answers the paths without an object: version, health, and discovery as kubectl reads it. Throws 404 for others. */
export function serveDiscovery(store: Store, path: string): object | string {
  const clean = path.replace(/\/$/, '');
  if (['/livez', '/readyz', '/healthz'].includes(clean)) return 'ok';
  if (clean === '/version')
    return { major: '1', minor: '36', gitVersion: 'v1.36.3', platform: 'linux/amd64' };
  if (clean === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (clean === '/apis') return groupList(store);
  const api = parseApiPath(clean);
  const resources = servedResources(store).filter(
    ({ group, version }) => group === api?.group && version === api.version,
  );
  if (api === undefined || api.rest.length > 0 || resources.length === 0) throw pathNotFound();
  const groupVersion = clean.replace(/^\/apis?\//, '');
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion,
    resources: resources.map(toApiResource),
  };
}
