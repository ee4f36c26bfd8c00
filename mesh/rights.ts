import type { MeshObjects } from '../domain/objects.ts';
import { documentedObjects } from '../domain/objects.ts';
import type { AccessRight, Kube } from './kubernetes/kube.ts';
import type { Operation } from './kubernetes/operation.ts';
import type { ResourceType } from './kubernetes/resources.ts';
import { resources } from './kubernetes/resources.ts';

/** One thing that the rotation must be allowed to do, and what for. Without `namespace`: everywhere. */
export interface Right extends AccessRight {
  /** Completes "needed to …". */
  readonly why: string;
}

/**
 * Every right the product uses. The chart's roles are written from this table, `missingRights`
 * checks it before a rotation starts, and a refused request is explained by it.
 */
export function rightsOf(objects: MeshObjects): readonly Right[] {
  return [
    ...clusterRights(objects),
    ...fleetRights(),
    ...certificateRights(objects),
    ...secretRights(objects),
    ...linkerdRights(objects),
  ];
}

/** The rights that we lack, asked one by one with SelfSubjectAccessReview. */
export async function missingRights(kube: Kube, objects: MeshObjects): Promise<readonly Right[]> {
  const rights = rightsOf(objects);
  const checked = await Promise.all(
    rights.map(async (right) => ({ right, allowed: await kube.can(accessRight(right)) })),
  );
  return checked.filter(({ allowed }) => !allowed).map(({ right }) => right);
}

/** What an operation is needed for, if the table has it: a row for this very object before one for its kind. */
export function whyNeeded(operation: Operation): string | undefined {
  const rows = rightsOf(documentedObjects).filter(
    (right) =>
      right.verb === operation.verb &&
      right.group === operation.type.group &&
      right.resource === operation.type.plural &&
      right.subresource === operation.subresource,
  );
  const exact = rows.find(({ name }) => name !== undefined && name === operation.name);
  return (exact ?? rows.find(({ name }) => name === undefined))?.why;
}

/** `patch clusterissuers.cert-manager.io "linkerd-identity-issuer" in the whole cluster`. */
export function describeMissingRight(right: Right): string {
  const group = right.group === '' ? '' : `.${right.group}`;
  const resource = `${right.resource}${group}${right.subresource === undefined ? '' : `/${right.subresource}`}`;
  const name = right.name === undefined ? '' : ` "${right.name}"`;
  const place =
    right.namespace === undefined ? 'in the whole cluster' : `in namespace ${right.namespace}`;
  return `${right.verb} ${resource}${name} ${place}, needed to ${right.why}`;
}

function clusterRights(objects: MeshObjects): readonly Right[] {
  const { namespaces, configMaps, bundles, customResourceDefinitions: crds } = resources;
  return [
    ...right(namespaces, ['get'], 'tell clusters apart', { name: 'kube-system' }),
    ...right(namespaces, ['list'], 'know where the Bundle must arrive'),
    ...right(configMaps, ['list'], 'read the trust bundle in every namespace'),
    ...right(resources.leases, ['list'], 'see whether clocks of nodes are behind', {
      namespace: 'kube-node-lease',
    }),
    ...right(bundles, ['get'], 'watch the distribution of anchors', { name: objects.bundle }),
    ...right(crds, ['get'], 'know what cert-manager can do', {
      name: 'certificates.cert-manager.io',
    }),
    ...right(crds, ['get'], 'see that trust-manager is installed', {
      name: 'bundles.trust.cert-manager.io',
    }),
    ...right(resources.links, ['list'], 'find clusters that share the anchor'),
    ...right(resources.externalWorkloads, ['list'], 'find meshed machines outside the cluster'),
  ];
}

function fleetRights(): readonly Right[] {
  const { deployments, statefulSets, daemonSets, replicaSets, pods } = resources;
  const restart = 'restart workloads whose proxies must read new anchors';
  return [
    ...right(pods, ['get', 'list'], 'find every live proxy'),
    ...right(replicaSets, ['get', 'list'], 'find the Deployment that owns a pod'),
    ...[deployments, statefulSets, daemonSets].flatMap((type) => [
      ...right(type, ['get'], 'follow a rollout'),
      ...right(type, ['patch'], restart),
    ]),
  ];
}

function certificateRights(objects: MeshObjects): readonly Right[] {
  const { trustNamespace, linkerdNamespace } = objects;
  const { certificates, certificateRequests, issuers, clusterIssuers } = resources;
  const anchor = { namespace: trustNamespace, name: objects.trustAnchor };
  const issuer = { namespace: linkerdNamespace, name: objects.identityIssuer };
  const signer = { name: objects.clusterIssuer };
  return [
    ...right(certificates, ['get'], 'follow the renewal of the trust anchor', anchor),
    ...right(certificates, ['patch'], 'switch off its automatic renewal meanwhile', anchor),
    ...right(certificates, ['update'], 'renew the trust anchor', {
      ...anchor,
      subresource: 'status',
    }),
    ...right(certificates, ['get'], 'follow the renewal of the identity issuer', issuer),
    ...right(certificates, ['update'], 'renew the identity issuer', {
      ...issuer,
      subresource: 'status',
    }),
    ...[trustNamespace, linkerdNamespace].flatMap((namespace) => [
      ...right(certificateRequests, ['list'], 'see how far an issuance is', { namespace }),
      ...right(certificateRequests, ['delete'], 'clear a refused request before a retry', {
        namespace,
      }),
    ]),
    ...right(certificateRequests, ['get', 'create'], 'cross-sign and to ask for probes', {
      namespace: trustNamespace,
    }),
    ...right(issuers, ['get', 'create', 'patch', 'delete'], 'sign probes', {
      namespace: trustNamespace,
    }),
    ...right(clusterIssuers, ['get'], 'know which Secret signs the identity issuer', signer),
    ...right(clusterIssuers, ['patch'], 'choose the Secret that signs the identity issuer', signer),
  ];
}

function secretRights(objects: MeshObjects): readonly Right[] {
  const { secrets } = resources;
  const namespace = objects.trustNamespace;
  const own = [objects.previousAnchor, objects.bridge, objects.probe];
  return [
    ...right(secrets, ['get'], 'read the trust anchor', { namespace, name: objects.trustAnchor }),
    ...right(secrets, ['create'], 'keep the pair of the anchor before and the bridge', {
      namespace,
    }),
    ...own.flatMap((name) => [
      ...right(secrets, ['get'], 'read what a rotation has left there', { namespace, name }),
      ...right(secrets, ['patch'], 'keep the anchors of a rotation', { namespace, name }),
    ]),
    ...[objects.bridge, objects.probe].flatMap((name) =>
      right(secrets, ['delete'], 'clean up at the end of a rotation', { namespace, name }),
    ),
  ];
}

function linkerdRights(objects: MeshObjects): readonly Right[] {
  const namespace = objects.linkerdNamespace;
  const { configMaps, leases, secrets } = resources;
  return [
    ...right(secrets, ['get'], 'read the identity issuer', {
      namespace,
      name: objects.identityIssuer,
    }),
    ...right(configMaps, ['get'], 'read the settings of the mesh', {
      namespace,
      name: 'linkerd-config',
    }),
    ...right(leases, ['create'], 'keep a second engine out', { namespace }),
    ...right(leases, ['get', 'patch'], 'keep a second engine out', {
      namespace,
      name: objects.lease,
    }),
  ];
}

/** The right alone: the API server refuses a review with fields it does not know. */
function accessRight({ verb, group, resource, subresource, namespace, name }: Right): AccessRight {
  return {
    verb,
    group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}

function right(
  type: ResourceType,
  verbs: readonly string[],
  why: string,
  scope: {
    readonly namespace?: string;
    readonly name?: string;
    readonly subresource?: string;
  } = {},
): Right[] {
  return verbs.map((verb) => ({ verb, group: type.group, resource: type.plural, why, ...scope }));
}
