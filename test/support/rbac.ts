import type { PolicyRule, RbacManifest, RoleSubject } from '../../mesh/roles.ts';
import type { AccessRequest } from '../../simulator/cluster/cluster-options.ts';

/** The user that a ServiceAccount is, for the API server. */
export function userOf({ namespace, name }: RoleSubject): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/**
 * Decides as Kubernetes' RBAC authorizer does from these roles and bindings, for ServiceAccounts:
 * nothing is allowed that no rule grants, and a rule with names grants nothing to a request without.
 */
export function rbacOf(manifests: readonly RbacManifest[]): (request: AccessRequest) => boolean {
  const grants = manifests.flatMap((binding) => {
    if (!('roleRef' in binding)) return [];
    const { roleRef, subjects, metadata } = binding;
    const role = manifests.find(
      (manifest) =>
        manifest.kind === roleRef.kind &&
        manifest.metadata.name === roleRef.name &&
        manifest.metadata.namespace === metadata.namespace,
    );
    const rules = role !== undefined && 'rules' in role ? role.rules : [];
    return [{ users: subjects.map(userOf), namespace: metadata.namespace, rules }];
  });
  return (request) =>
    grants.some(
      ({ users, namespace, rules }) =>
        users.includes(request.user) &&
        (namespace === undefined || namespace === request.namespace) &&
        rules.some((rule) => covers(rule, request)),
    );
}

function covers(
  { apiGroups, resources, resourceNames, verbs }: PolicyRule,
  { group, resource, subresource, name, verb }: AccessRequest,
): boolean {
  return (
    verbs.includes(verb) &&
    apiGroups.includes(group) &&
    resources.includes(subresource === '' ? resource : `${resource}/${subresource}`) &&
    (resourceNames === undefined || resourceNames.includes(name))
  );
}
