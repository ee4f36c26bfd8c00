import { createAdmission } from './api/admission.ts';
import { ClusterApi } from './api/cluster-api.ts';
import { isMap, omit } from './api/maps.ts';
import { startCertManager } from './cert-manager/start-cert-manager.ts';
import type { ClusterOptions, Pausable } from './cluster-options.ts';
import { customResourceDefinitions } from './custom-resource-definitions.ts';
import { startControllers } from './controllers/start-controllers.ts';
import { startApiServer } from './http/api-server.ts';
import { kubeConfigYaml } from './http/kube-config.ts';
import type { KubeObject } from './objects.ts';
import { CERTIFICATES, CRDS, NAMESPACES, NODES } from './resources.ts';
import type { Resource } from './resources.ts';
import { Store } from './store.ts';
import { startTrustManager } from './trust-manager/start-trust-manager.ts';

export interface SimulatedCluster {
  /** Base URL of the API. */
  url: string;
  /** PEM of the CA of the API's certificate. */
  ca: string;
  /** A kubeconfig for a user (default `admin`); any name is a valid user. */
  kubeConfigYaml(user?: string): string;
  /** Direct access for tests: what is in the cluster, and every change of it. */
  store: Store;
  /** The API without HTTP. */
  api: ClusterApi;
  certManager: Pausable;
  trustManager: Pausable;
  stop(): Promise<void>;
}

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

async function createFirstObjects(
  api: ClusterApi,
  { nodes = [], certManager: { renewalField = true } = {} }: ClusterOptions,
): Promise<void> {
  const options = { manager: 'kube-apiserver' };
  for (const name of SYSTEM_NAMESPACES)
    await api.create(NAMESPACES, { metadata: { name } }, options);
  for (const name of nodes) await api.create(NODES, { metadata: { name }, spec: {} }, options);
  for (const crd of customResourceDefinitions(renewalField)) await api.create(CRDS, crd, options);
}

/** cert-manager before 1.21 has no spec.renewal: its CRD makes the API server drop the field. */
function pruneRenewal(resource: Resource, object: KubeObject): KubeObject {
  const spec = object['spec'];
  return resource === CERTIFICATES && isMap(spec)
    ? { ...object, spec: omit(spec, 'renewal') }
    : object;
}

/** Starts the cluster half of the simulator: API server, workload controllers, cert-manager and trust-manager. */
export async function startCluster(options: ClusterOptions = {}): Promise<SimulatedCluster> {
  const store = new Store();
  const api = new ClusterApi(store);
  api.admission = createAdmission(store);
  if (options.certManager?.renewalField === false) api.prune = pruneRenewal;
  await createFirstObjects(api, options);
  const server = await startApiServer(api, options);
  const controllers = startControllers(api, options.rolloutTickMs);
  const certManager = startCertManager(api, options.certManager);
  const trustManager = startTrustManager(api, options.trustManager);
  return {
    url: server.url,
    ca: server.ca,
    kubeConfigYaml: (user = 'admin') => kubeConfigYaml({ url: server.url, ca: server.ca, user }),
    store,
    api,
    certManager,
    trustManager,
    async stop() {
      for (const controller of [...controllers, certManager, trustManager]) controller.stop();
      await server.stop();
    },
  };
}
