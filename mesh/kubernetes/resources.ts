/** One kind of object, as the API server's paths and its rights name it. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** One object by name; `namespace` is absent for a cluster-scoped kind. */
export interface ObjectRef {
  readonly type: ResourceType;
  readonly namespace?: string;
  readonly name: string;
}

export const resources = {
  configMaps: namespaced('', 'v1', 'configmaps', 'ConfigMap'),
  events: namespaced('', 'v1', 'events', 'Event'),
  namespaces: clusterScoped('', 'v1', 'namespaces', 'Namespace'),
  nodes: clusterScoped('', 'v1', 'nodes', 'Node'),
  pods: namespaced('', 'v1', 'pods', 'Pod'),
  secrets: namespaced('', 'v1', 'secrets', 'Secret'),
  serviceAccounts: namespaced('', 'v1', 'serviceaccounts', 'ServiceAccount'),
  services: namespaced('', 'v1', 'services', 'Service'),
  daemonSets: namespaced('apps', 'v1', 'daemonsets', 'DaemonSet'),
  deployments: namespaced('apps', 'v1', 'deployments', 'Deployment'),
  replicaSets: namespaced('apps', 'v1', 'replicasets', 'ReplicaSet'),
  statefulSets: namespaced('apps', 'v1', 'statefulsets', 'StatefulSet'),
  roles: namespaced('rbac.authorization.k8s.io', 'v1', 'roles', 'Role'),
  roleBindings: namespaced('rbac.authorization.k8s.io', 'v1', 'rolebindings', 'RoleBinding'),
  leases: namespaced('coordination.k8s.io', 'v1', 'leases', 'Lease'),
  selfSubjectAccessReviews: clusterScoped(
    'authorization.k8s.io',
    'v1',
    'selfsubjectaccessreviews',
    'SelfSubjectAccessReview',
  ),
  customResourceDefinitions: clusterScoped(
    'apiextensions.k8s.io',
    'v1',
    'customresourcedefinitions',
    'CustomResourceDefinition',
  ),
  certificates: namespaced('cert-manager.io', 'v1', 'certificates', 'Certificate'),
  certificateRequests: namespaced(
    'cert-manager.io',
    'v1',
    'certificaterequests',
    'CertificateRequest',
  ),
  issuers: namespaced('cert-manager.io', 'v1', 'issuers', 'Issuer'),
  clusterIssuers: clusterScoped('cert-manager.io', 'v1', 'clusterissuers', 'ClusterIssuer'),
  bundles: clusterScoped('trust.cert-manager.io', 'v1alpha1', 'bundles', 'Bundle'),
  links: namespaced('multicluster.linkerd.io', 'v1alpha3', 'links', 'Link'),
  externalWorkloads: namespaced(
    'workload.linkerd.io',
    'v1beta1',
    'externalworkloads',
    'ExternalWorkload',
  ),
  trustAnchorRotations: clusterScoped(
    'trust.linkerd.io',
    'v1alpha1',
    'trustanchorrotations',
    'TrustAnchorRotation',
  ),
} as const;

/** `cert-manager.io/v1`, or `v1` for the core group. */
export function apiVersion(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** Path of all objects of a kind, in one namespace or (without `namespace`) in all. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${apiVersion(type)}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${type.plural}`;
}

export function objectPath(ref: ObjectRef): string {
  if (ref.type.namespaced && ref.namespace === undefined) {
    throw new TypeError(`${ref.type.kind} ${ref.name} lives in a namespace, none was given.`);
  }
  return `${collectionPath(ref.type, ref.namespace)}/${encodeURIComponent(ref.name)}`;
}

/** `Secret cert-manager/linkerd-trust-anchor`: how an object is named in every text. */
export function describeObject(ref: ObjectRef): string {
  const place = ref.namespace === undefined ? '' : `${ref.namespace}/`;
  return `${ref.type.kind} ${place}${ref.name}`;
}

function namespaced(group: string, version: string, plural: string, kind: string): ResourceType {
  return { group, version, plural, kind, namespaced: true };
}

function clusterScoped(group: string, version: string, plural: string, kind: string): ResourceType {
  return { group, version, plural, kind, namespaced: false };
}
