import type { MeshObjects } from '../domain/objects.ts';
import { documentedObjects, writesBundle } from '../domain/objects.ts';
import type { Sourced } from '../domain/sources.ts';
import { importsAnchor, importsBridge } from '../domain/sources.ts';
import type { AccessRight } from './kubernetes/kube.ts';
import type { Operation } from './kubernetes/operation.ts';
import type { ResourceType } from './kubernetes/resources.ts';
import { resources } from './kubernetes/resources.ts';
import { probeIssuerNames } from './observation/probe-issuers.ts';
import { eventNamespace, resourceRef } from './resource/resource-ref.ts';

/** One thing that the rotation must be allowed to do, and what for. Without `namespace`: everywhere. */
export interface Right extends AccessRight {
  /** Completes "needed to …". */
  readonly why: string;
}

/** What decides about a part of the rights. */
export interface RightsOptions extends Sourced {
  /** At their IP, which takes no right, unless said otherwise. */
  readonly reachProxiesBy?: 'pod-ip' | 'port-forward';
  /** Whether the worker reconciles the TrustAnchorRotation; not, unless said otherwise. */
  readonly isOperator?: boolean;
}

/**
 * Every right the product uses, beside those that Kubernetes gives to everybody who is authenticated
 * (`/version`, SelfSubjectAccessReview). Roles are generated from this table (`rolesFor`), it is
 * checked before a rotation and when an operator starts (`missingRights`), and a refused request is
 * explained by it.
 */
export function rightsOf(
  objects: MeshObjects,
  { reachProxiesBy = 'pod-ip', isOperator = false, ...sourced }: RightsOptions = {},
): readonly Right[] {
  return [
    ...clusterRights(objects),
    ...bundleRights(objects),
    ...fleetRights(),
    ...(reachProxiesBy === 'port-forward' ? portForwardRights() : []),
    ...certificateRights(objects),
    ...issuerRights(objects),
    ...secretRights(objects),
    ...linkerdRights(objects),
    ...(importsAnchor(sourced) ? anchorImportRights(objects) : []),
    ...(importsBridge(sourced) ? bridgeImportRights(objects) : []),
    ...(isOperator ? operatorRights() : []),
  ];
}

/** What an operation is needed for, if the table has it: a row for this very object before one for its kind. */
export function whyNeeded(operation: Operation): string | undefined {
  const everything = {
    reachProxiesBy: 'port-forward',
    isOperator: true,
    sources: { anchor: 'imported', bridge: 'imported' },
  } as const;
  const rows = [
    ...rightsOf(documentedObjects, everything),
    ...bundleRights({ ...documentedObjects, bundleOwnership: 'direct' }),
  ].filter(
    (right) =>
      right.verb === operation.verb &&
      right.group === operation.type.group &&
      right.resource === operation.type.plural &&
      right.subresource === operation.subresource,
  );
  const exact = rows.find(({ name }) => name !== undefined && name === operation.name);
  return (exact ?? rows.find(({ name }) => name === undefined))?.why;
}

function clusterRights(objects: MeshObjects): readonly Right[] {
  const { namespaces, bundles, customResourceDefinitions: crds } = resources;
  return [
    ...right(namespaces, ['get'], 'tell clusters apart', { name: 'kube-system' }),
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

/** trust-manager brings the bundle to every namespace that a Bundle selects; a rotation writes only the one. */
function bundleRights(objects: MeshObjects): readonly Right[] {
  const { namespaces, configMaps } = resources;
  const { linkerdNamespace: namespace, bundle: name } = objects;
  if (writesBundle(objects)) {
    return right(configMaps, ['patch'], 'write the trust bundle', { namespace, name });
  }
  return [
    ...right(namespaces, ['list'], 'know where the Bundle must arrive'),
    ...right(configMaps, ['list'], 'read the trust bundle in every namespace', { name }),
  ];
}

function fleetRights(): readonly Right[] {
  const { deployments, statefulSets, daemonSets, replicaSets, pods } = resources;
  const restart = 'restart workloads whose proxies must read new anchors';
  return [
    ...right(pods, ['list'], 'find every live proxy'),
    ...right(replicaSets, ['get', 'list'], 'find the Deployment that owns a pod'),
    ...[deployments, statefulSets, daemonSets].flatMap((type) => [
      ...right(type, ['get'], 'follow a rollout'),
      ...right(type, ['patch'], restart),
    ]),
  ];
}

/**
 * A port-forward is a WebSocket, which begins with a GET: API servers before 1.35 ask for `get` alone,
 * later ones for `create` too (feature gate AuthorizePodWebsocketUpgradeCreatePermission).
 */
function portForwardRights(): readonly Right[] {
  return right(resources.pods, ['get', 'create'], 'reach proxies from outside of the cluster', {
    subresource: 'portforward',
  });
}

function certificateRights(objects: MeshObjects): readonly Right[] {
  const { trustNamespace, linkerdNamespace } = objects;
  const { certificates, certificateRequests } = resources;
  const anchor = { namespace: trustNamespace, name: objects.trustAnchor };
  // No such Certificate exists, but the guide's copy of the anchor names it as its writer.
  const previous = { namespace: trustNamespace, name: objects.previousAnchor };
  const issuer = { namespace: linkerdNamespace, name: objects.identityIssuer };
  const status = { subresource: 'status' };
  return [
    ...right(certificates, ['get'], 'follow the renewal of the trust anchor', anchor),
    ...right(certificates, ['patch'], 'switch off its automatic renewal meanwhile', anchor),
    ...right(certificates, ['update'], 'renew the trust anchor', { ...anchor, ...status }),
    ...right(certificates, ['get'], 'see whether cert-manager writes its Secret', previous),
    ...right(certificates, ['get'], 'follow the renewal of the identity issuer', issuer),
    ...right(certificates, ['update'], 'renew the identity issuer', { ...issuer, ...status }),
    ...[trustNamespace, linkerdNamespace].flatMap((namespace) => [
      ...right(certificateRequests, ['list'], 'see how far an issuance is', { namespace }),
      ...right(certificateRequests, ['delete'], 'clear away requests that are refused or done', {
        namespace,
      }),
    ]),
    ...right(certificateRequests, ['get', 'create'], 'cross-sign and to ask for probes', {
      namespace: trustNamespace,
    }),
  ];
}

function issuerRights(objects: MeshObjects): readonly Right[] {
  const { issuers, clusterIssuers } = resources;
  const namespace = objects.trustNamespace;
  const signer = { name: objects.clusterIssuer };
  return [
    ...right(issuers, ['create'], 'sign probes', { namespace }),
    ...probeIssuerNames(objects).flatMap((name) =>
      right(issuers, ['get', 'patch', 'delete'], 'sign probes', { namespace, name }),
    ),
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
    ...right(configMaps, ['get'], 'read the trust bundle there, whoever wrote it', {
      namespace,
      name: objects.bundle,
    }),
    ...right(leases, ['create'], 'keep a second engine out', { namespace }),
    ...right(leases, ['get', 'patch'], 'keep a second engine out', {
      namespace,
      name: objects.lease,
    }),
  ];
}

function anchorImportRights(objects: MeshObjects): readonly Right[] {
  const { secrets } = resources;
  const namespace = objects.trustNamespace;
  const handedIn = { namespace, name: objects.nextAnchor };
  return [
    ...right(secrets, ['get'], 'judge the anchor that its owner has handed in', handedIn),
    ...right(secrets, ['delete'], 'clear away a hand-in that has been taken over', handedIn),
    ...right(secrets, ['patch'], 'take over the anchor that its owner has handed in', {
      namespace,
      name: objects.trustAnchor,
    }),
  ];
}

function bridgeImportRights(objects: MeshObjects): readonly Right[] {
  const { configMaps } = resources;
  const namespace = objects.trustNamespace;
  const why = 'ask the owner of the anchor in use to cross-sign the new one';
  return [
    ...right(configMaps, ['create'], why, { namespace }),
    ...right(configMaps, ['get', 'patch', 'delete'], why, {
      namespace,
      name: objects.bridgeRequest,
    }),
  ];
}

/** What following the TrustAnchorRotation takes, whatever the names of the mesh's objects are. */
export function operatorRights(): readonly Right[] {
  const { trustAnchorRotations: type, events } = resources;
  const { name } = resourceRef;
  return [
    ...right(type, ['get', 'list', 'watch'], 'know what the owner of the cluster wants', { name }),
    ...right(type, ['patch'], 'keep the resource until the mesh is safe, and answer approvals', {
      name,
    }),
    ...right(type, ['update'], 'tell how a rotation stands', { name, subresource: 'status' }),
    ...right(events, ['create'], 'tell what happens', { namespace: eventNamespace }),
  ];
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
