import { z } from 'zod';
import type { AccessRight } from '../../../../mesh/kubernetes/kube.ts';
import type { Manifest } from '../../../support/helm.ts';

const role = z.object({
  rules: z.array(
    z.strictObject({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      resourceNames: z.array(z.string()).optional(),
      verbs: z.array(z.string()),
    }),
  ),
});
const binding = z.object({
  roleRef: z.object({ kind: z.string(), name: z.string() }),
  subjects: z.array(z.object({ kind: z.string(), namespace: z.string(), name: z.string() })),
});

/** Every single right that rendered roles and bindings give to `account`, in order. */
export function granted(
  manifests: readonly Manifest[],
  account: { readonly namespace: string; readonly name: string },
): readonly string[] {
  const bindings = manifests.filter(({ kind }) => /^(Cluster)?RoleBinding$/.test(kind));
  const rights = bindings.flatMap((manifest) => {
    const { roleRef, subjects } = binding.parse(manifest);
    const isHis = subjects.some(
      ({ namespace, name }) => namespace === account.namespace && name === account.name,
    );
    const { namespace } = manifest.metadata;
    const bound = manifests.filter(
      ({ kind, metadata }) =>
        kind === roleRef.kind && metadata.name === roleRef.name && metadata.namespace === namespace,
    );
    return isHis ? bound.flatMap((object) => rightsIn(object)) : [];
  });
  return sentences(rights);
}

/** The same of a table of rights; a right that it has twice counts once. */
export function sentences(rights: readonly AccessRight[]): readonly string[] {
  return [...new Set(rights.map(sentence))].toSorted();
}

function rightsIn(object: Manifest): readonly AccessRight[] {
  const { namespace } = object.metadata;
  return role.parse(object).rules.flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        (resourceNames ?? [undefined]).flatMap((name) =>
          verbs.map((verb) => {
            const [plural = '', subresource] = resource.split('/');
            return {
              verb,
              group,
              resource: plural,
              ...(subresource !== undefined && { subresource }),
              ...(namespace !== undefined && { namespace }),
              ...(name !== undefined && { name }),
            };
          }),
        ),
      ),
    ),
  );
}

function sentence(right: AccessRight): string {
  const { verb, group, resource, subresource = '', namespace = 'all', name = 'any' } = right;
  return `${verb} ${group}/${resource}/${subresource} ${name} in ${namespace}`;
}
