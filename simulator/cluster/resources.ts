import type {
  ConfigMap,
  ControllerRevision,
  CustomResourceDefinition,
  DaemonSet,
  Deployment,
  KubeObject,
  MutatingWebhookConfiguration,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Secret,
  StatefulSet,
} from './objects.ts';
import type {
  Bundle,
  Certificate,
  CertificateRequest,
  ClusterIssuer,
  Issuer,
} from './cert-manager-objects.ts';

/** One row of the API's resource table. `T` is what the simulator's own code may read of its objects. */
export interface Resource<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Whether `/status` is a subresource: then a main write never changes status. */
  readonly hasStatus: boolean;
  /** Built-in types take strategic merge patches and leave `kind` out of list items; custom ones do not. */
  readonly builtIn: boolean;
  /** Carries `T` for the compiler only; never set. */
  readonly objectType?: T;
}

interface Traits {
  namespaced?: boolean;
  hasStatus?: boolean;
  builtIn?: boolean;
}

function define<T extends KubeObject = KubeObject>(
  apiVersion: string,
  names: string,
  traits: Traits = {},
): Resource<T> {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const [plural = '', kind = ''] = names.split(' ');
  return {
    group,
    version,
    plural,
    kind,
    namespaced: true,
    hasStatus: false,
    builtIn: true,
    ...traits,
  };
}

const CLUSTER = { namespaced: false };
const STATUS = { hasStatus: true };
const CUSTOM = { hasStatus: true, builtIn: false };

export const NAMESPACES = define<Namespace>('v1', 'namespaces Namespace', {
  ...CLUSTER,
  ...STATUS,
});
export const NODES = define<Node>('v1', 'nodes Node', { ...CLUSTER, ...STATUS });
export const PODS = define<Pod>('v1', 'pods Pod', STATUS);
export const CONFIG_MAPS = define<ConfigMap>('v1', 'configmaps ConfigMap');
export const SECRETS = define<Secret>('v1', 'secrets Secret');
export const EVENTS = define('v1', 'events Event');
export const SERVICE_ACCOUNTS = define('v1', 'serviceaccounts ServiceAccount');
export const DEPLOYMENTS = define<Deployment>('apps/v1', 'deployments Deployment', STATUS);
export const REPLICA_SETS = define<ReplicaSet>('apps/v1', 'replicasets ReplicaSet', STATUS);
export const STATEFUL_SETS = define<StatefulSet>('apps/v1', 'statefulsets StatefulSet', STATUS);
export const DAEMON_SETS = define<DaemonSet>('apps/v1', 'daemonsets DaemonSet', STATUS);
export const CONTROLLER_REVISIONS = define<ControllerRevision>(
  'apps/v1',
  'controllerrevisions ControllerRevision',
);
export const CRDS = define<CustomResourceDefinition>(
  'apiextensions.k8s.io/v1',
  'customresourcedefinitions CustomResourceDefinition',
  { ...CLUSTER, ...STATUS },
);
export const WEBHOOKS = define<MutatingWebhookConfiguration>(
  'admissionregistration.k8s.io/v1',
  'mutatingwebhookconfigurations MutatingWebhookConfiguration',
  CLUSTER,
);
export const CERTIFICATES = define<Certificate>(
  'cert-manager.io/v1',
  'certificates Certificate',
  CUSTOM,
);
export const CERTIFICATE_REQUESTS = define<CertificateRequest>(
  'cert-manager.io/v1',
  'certificaterequests CertificateRequest',
  CUSTOM,
);
export const ISSUERS = define<Issuer>('cert-manager.io/v1', 'issuers Issuer', CUSTOM);
export const CLUSTER_ISSUERS = define<ClusterIssuer>(
  'cert-manager.io/v1',
  'clusterissuers ClusterIssuer',
  {
    ...CUSTOM,
    ...CLUSTER,
  },
);
export const BUNDLES = define<Bundle>('trust.cert-manager.io/v1alpha1', 'bundles Bundle', {
  ...CUSTOM,
  ...CLUSTER,
});

/** Every resource the API serves without a CustomResourceDefinition object. */
export const RESOURCES: readonly Resource[] = [
  NAMESPACES,
  NODES,
  PODS,
  CONFIG_MAPS,
  SECRETS,
  define('v1', 'services Service', STATUS),
  EVENTS,
  SERVICE_ACCOUNTS,
  DEPLOYMENTS,
  REPLICA_SETS,
  STATEFUL_SETS,
  DAEMON_SETS,
  CONTROLLER_REVISIONS,
  define('batch/v1', 'jobs Job', STATUS),
  define('batch/v1', 'cronjobs CronJob', STATUS),
  define('coordination.k8s.io/v1', 'leases Lease'),
  define('rbac.authorization.k8s.io/v1', 'roles Role'),
  define('rbac.authorization.k8s.io/v1', 'rolebindings RoleBinding'),
  CRDS,
  WEBHOOKS,
  CERTIFICATES,
  CERTIFICATE_REQUESTS,
  ISSUERS,
  CLUSTER_ISSUERS,
  BUNDLES,
  define('multicluster.linkerd.io/v1alpha3', 'links Link', CUSTOM),
  define('workload.linkerd.io/v1beta1', 'externalworkloads ExternalWorkload', CUSTOM),
];

/** Resources a CustomResourceDefinition object adds, one for each of its versions. */
export function resourcesOf(crd: CustomResourceDefinition): Resource[] {
  const { group, names, scope, versions } = crd.spec;
  return versions.map((version) => ({
    group,
    version: version.name,
    plural: names.plural,
    kind: names.kind,
    namespaced: scope === 'Namespaced',
    hasStatus: version.subresources?.status !== undefined,
    builtIn: false,
  }));
}

/** `group/version`, or only the version in the core group. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** `deployments.apps`: how error messages name a resource. */
export function qualifiedName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}
