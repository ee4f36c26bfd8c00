import type { AccessRight } from './kubernetes/kube.ts';

/** Who gets the rights. */
export interface RoleSubject {
  readonly kind: 'ServiceAccount';
  readonly namespace: string;
  readonly name: string;
}

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  /** With the subresource behind a slash: `certificates/status`. */
  readonly resources: readonly string[];
  /** Absent: whatever the name. */
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
}

export interface RoleManifest {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'ClusterRole' | 'Role';
  readonly metadata: Metadata;
  readonly rules: readonly PolicyRule[];
}

export interface RoleBindingManifest {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'ClusterRoleBinding' | 'RoleBinding';
  readonly metadata: Metadata;
  readonly roleRef: {
    readonly apiGroup: typeof apiGroup;
    readonly kind: RoleManifest['kind'];
    readonly name: string;
  };
  readonly subjects: readonly RoleSubject[];
}

export type RbacManifest = RoleManifest | RoleBindingManifest;

/**
 * The rights as RBAC objects, each role with its binding: one ClusterRole for what is needed in the
 * whole cluster, one Role for each namespace that rights are limited to. All bear the subject's name.
 * The same rights give the same manifests in the same order.
 */
export function rolesFor(
  rights: readonly AccessRight[],
  subject: RoleSubject,
): readonly RbacManifest[] {
  const places = Map.groupBy(rights, ({ namespace }) => namespace);
  return [...places].flatMap(([namespace, granted]) => roleIn(namespace, granted, subject));
}

function roleIn(
  namespace: string | undefined,
  rights: readonly AccessRight[],
  subject: RoleSubject,
): readonly RbacManifest[] {
  const isClusterWide = namespace === undefined;
  const kind = isClusterWide ? 'ClusterRole' : 'Role';
  const { name } = subject;
  const metadata = isClusterWide ? { name } : { name, namespace };
  return [
    { apiVersion, kind, metadata, rules: rulesFor(rights) },
    {
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup, kind, name },
      subjects: [subject],
    },
  ];
}

/** Rights on one kind of object, under one name or any. */
interface Grant {
  readonly group: string;
  readonly resources: readonly string[];
  /** Absent: whatever the name. */
  readonly names?: readonly string[];
  readonly verbs: readonly string[];
}

/**
 * A rule grants each of its verbs on each of its resources under each of its names, so only what
 * agrees in two of these three is put together: nothing is granted that is not in `rights`.
 */
function rulesFor(rights: readonly AccessRight[]): readonly PolicyRule[] {
  const ofOneObject = merged(rights.map(grantOf), ({ group, resources, names }) =>
    keyOf(group, resources, names),
  );
  const ofOneKind = merged(ofOneObject, ({ group, resources, verbs, names }) =>
    keyOf(group, resources, verbs, names === undefined),
  );
  const rules = merged(ofOneKind, ({ group, names, verbs }) => keyOf(group, names, verbs));
  return rules.map(({ group, resources, names, verbs }) => ({
    apiGroups: [group],
    resources,
    ...(names === undefined ? {} : { resourceNames: names }),
    verbs,
  }));
}

function grantOf({ group, resource, subresource, name, verb }: AccessRight): Grant {
  return {
    group,
    resources: [subresource === undefined ? resource : `${resource}/${subresource}`],
    ...(name === undefined ? {} : { names: [name] }),
    verbs: [verb],
  };
}

function merged(grants: readonly Grant[], key: (grant: Grant) => string): readonly Grant[] {
  return [...Map.groupBy(grants, key).values()].map((alike) => ({
    group: alike[0]?.group ?? '',
    resources: union(alike.flatMap(({ resources }) => resources)),
    ...(alike[0]?.names === undefined
      ? {}
      : { names: union(alike.flatMap(({ names = [] }) => names)) }),
    verbs: union(alike.flatMap(({ verbs }) => verbs)),
  }));
}

function keyOf(...parts: readonly unknown[]): string {
  return JSON.stringify(parts);
}

function union(words: readonly string[]): readonly string[] {
  return [...new Set(words)].toSorted();
}
