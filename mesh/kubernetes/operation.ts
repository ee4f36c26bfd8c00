import type { AccessRight } from './kube.ts';
import type { ResourceType } from './resources.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/** One request, in the words of Kubernetes' rights; what every error is told with. */
export interface Operation {
  readonly verb: Verb;
  readonly type: ResourceType;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
  /** Of what is no resource. */
  readonly path?: string | undefined;
}

const phrases: Record<Verb, string> = {
  get: 'read',
  list: 'list',
  watch: 'watch',
  create: 'create',
  update: 'update',
  patch: 'change',
  delete: 'delete',
};

/** `read Secret cert-manager/linkerd-trust-anchor`, `list pods in namespace shop`. */
export function describeOperation(operation: Operation): string {
  const { verb, type, namespace, name, subresource } = operation;
  const phrase = phrases[verb];
  if (name === undefined && verb === 'list') {
    return `${phrase} ${type.plural} ${namespace === undefined ? 'of all namespaces' : `in namespace ${namespace}`}`;
  }
  const part = subresource === undefined ? '' : `${subresource} of `;
  const place = namespace === undefined ? '' : `${namespace}/`;
  return `${phrase} ${part}${type.kind} ${place}${name ?? ''}`.trimEnd();
}

/** The right an operation needs. */
export function rightFor(operation: Operation): AccessRight {
  const { verb, type, subresource, namespace, name, path } = operation;
  return { verb, path, group: type.group, resource: type.plural, subresource, namespace, name };
}

/** The right an operation needs, as an administrator would write it. */
export function describeRight(operation: Operation): string {
  return describeAccess(rightFor(operation));
}

/** `get secrets "x" in namespace y`, `update certificates.cert-manager.io/status in the whole cluster`. */
export function describeAccess(access: AccessRight): string {
  const { verb, path, group, resource, subresource, namespace, name } = access;
  if (path !== undefined) return `${verb} ${path}`;
  const kind = group === '' ? resource : `${resource}.${group}`;
  const part = subresource === undefined ? '' : `/${subresource}`;
  const object = name === undefined ? '' : ` "${name}"`;
  const place = namespace === undefined ? 'in the whole cluster' : `in namespace ${namespace}`;
  return `${verb} ${kind}${part}${object} ${place}`;
}
