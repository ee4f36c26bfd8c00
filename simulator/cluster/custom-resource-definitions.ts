import type { ObjectDraft } from './objects.ts';
import type { Resource } from './resources.ts';
import { RESOURCES } from './resources.ts';

/**
 * The CustomResourceDefinitions of cert-manager and trust-manager as a client looks at them: their
 * version label, and whether the schema has a field. The API here serves the types without them.
 *
 * @param renewalField whether a Certificate has `spec.renewal`, as from cert-manager 1.21 on.
 */
export function customResourceDefinitions(renewalField: boolean): readonly ObjectDraft[] {
  return RESOURCES.filter(({ builtIn }) => !builtIn).map((resource) =>
    definitionOf(resource, renewalField),
  );
}

function definitionOf(resource: Resource, renewalField: boolean): ObjectDraft {
  const { group, version, plural, kind, namespaced } = resource;
  const label = renewalField ? 'v1.21.2' : 'v1.20.2';
  const isCertManager = group === 'cert-manager.io';
  const labels = isCertManager ? { labels: { 'app.kubernetes.io/version': label } } : {};
  const schema =
    plural === 'certificates'
      ? certificateSchema(renewalField)
      : { openAPIV3Schema: { type: 'object' } };
  return {
    metadata: { name: `${plural}.${group}`, ...labels },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        { name: version, served: true, storage: true, subresources: { status: {} }, schema },
      ],
    },
  };
}

function certificateSchema(renewalField: boolean): object {
  const preserve = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const renewal = renewalField
    ? { renewal: { type: 'object', properties: { policy: { type: 'string' } } } }
    : {};
  return {
    openAPIV3Schema: { type: 'object', properties: { spec: { ...preserve, properties: renewal } } },
  };
}
