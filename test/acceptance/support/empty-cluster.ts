import path from 'node:path';
import type { ClusterKind, LocalCluster } from '../../../deploy/local/local-cluster.ts';
import type { RbacManifest } from '../../../mesh/roles.ts';
import type {
  AccessRequest,
  Authorize,
  Pausable,
} from '../../../simulator/cluster/cluster-options.ts';
import { startCluster } from '../../../simulator/cluster/start-cluster.ts';
import type { CertManagerFlags } from '../../real-cluster/component-flags.ts';
import { componentsBinary } from '../../real-cluster/components-binary.ts';
import { withoutRenewalField } from '../../real-cluster/custom-resource-definitions.ts';
import type { RealCluster } from '../../real-cluster/start-real-cluster.ts';
import { startRealCluster } from '../../real-cluster/start-real-cluster.ts';
import { rbacOf } from '../../support/rbac.ts';
import { connectRoleGrants } from '../../support/role-grants.ts';
import { WebhookOutage } from '../../support/webhook-outage.ts';
import { engineAccount, engineUser } from './engine-account.ts';
import type { TokenFile } from './token-file.ts';
import { keepTokenFile } from './token-file.ts';

/** Told of each request of the engine. */
export type OnAccess = (request: AccessRequest) => void;

/** How cert-manager is installed. */
export interface CertManagerWishes extends CertManagerFlags {
  /** `false`: as before version 1.21, whose CRD has no `spec.renewal`; default true. */
  readonly renewalField?: boolean;
}

export interface EmptyClusterOptions {
  readonly certManager?: CertManagerWishes;
  /** Told of each request of the engine; in the simulated cluster only. */
  readonly onAccess?: OnAccess;
}

/** The processes that a real cluster is made of. */
export type ControlPlane = Pick<RealCluster, 'etcd' | 'apiServer' | 'certManager' | 'trustManager'>;

/** A cluster before there is a mesh in it. */
export interface EmptyCluster extends LocalCluster {
  /**
   * Of the engine, which has no rights yet; on the real cluster that of its ServiceAccount, which is
   * created unless it has been installed.
   */
  workerKubeConfigYaml(): Promise<string>;
  readonly certManager: Pausable;
  readonly trustManager: Pausable;
  /** cert-manager's webhook; in the simulated cluster only. */
  readonly webhook?: Pausable;
  /** Absent in the simulated cluster. */
  readonly controlPlane?: ControlPlane;
  /** Gives the engine these roles in place of all that it had; their namespaces must exist. */
  setEngineRoles(manifests: readonly RbacManifest[]): Promise<void>;
}

export const clusterKind: ClusterKind =
  process.env['TRUST_ROTATION_CLUSTER'] === 'real' ? 'real' : 'simulated';

/** Builds what a real cluster is made of, which takes minutes, once. */
export async function prepareCluster(): Promise<void> {
  if (clusterKind === 'real') await componentsBinary(print);
}

export function startEmptyCluster(options: EmptyClusterOptions = {}): Promise<EmptyCluster> {
  return clusterKind === 'real' ? realCluster(options) : simulatedCluster(options);
}

async function realCluster({ certManager = {} }: EmptyClusterOptions): Promise<EmptyCluster> {
  const { renewalField = true, ...flags } = certManager;
  const cluster = await startRealCluster({
    print,
    certManager: flags,
    ...(renewalField ? {} : { changeCrd: withoutRenewalField }),
  });
  const grants = await connectRoleGrants(cluster.kubeConfigYaml);
  const tokenFile = path.join(cluster.folder, 'engine-token');
  let token: Promise<TokenFile> | undefined;
  return {
    ...cluster,
    controlPlane: cluster,
    workerKubeConfigYaml: async () => {
      token ??= keepTokenFile(cluster.kubeConfigYaml, engineAccount, tokenFile);
      await token;
      return cluster.kubeConfigFor(engineUser, { tokenFile });
    },
    setEngineRoles: (manifests) => grants.set(manifests),
    stop: async () => {
      await token?.then((file) => file.stop());
      await grants.close();
      await cluster.discard();
    },
  };
}

async function simulatedCluster({
  certManager: { withoutApprover = false, ...wishes } = {},
  onAccess = () => undefined,
}: EmptyClusterOptions): Promise<EmptyCluster> {
  let engineMay = rbacOf([]);
  const authorize: Authorize = (request, isQuestion) => {
    if (request.user !== engineUser) return true;
    if (!isQuestion) onAccess(request);
    return engineMay(request);
  };
  const webhook = new WebhookOutage();
  const cluster = await startCluster({
    authorize,
    faults: (request) => webhook.faultFor(request),
    certManager: { ...wishes, ...(withoutApprover && { approve: () => 'wait' }) },
  });
  const { certManager, trustManager } = cluster;
  return {
    kubeConfigYaml: cluster.kubeConfigYaml(),
    workerKubeConfigYaml: () => Promise.resolve(cluster.kubeConfigYaml(engineUser)),
    certManager,
    trustManager,
    webhook,
    setEngineRoles: (manifests) => {
      engineMay = rbacOf(manifests);
      return Promise.resolve();
    },
    stop: () => cluster.stop(),
  };
}

function print(line: string): void {
  process.stderr.write(`${line}\n`);
}
