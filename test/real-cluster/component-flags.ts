/** Where the components meet, and the files they read and write. */
export interface ControlPlanePlaces {
  /** Keeps etcd's data, certificates and kubeconfigs. */
  readonly folder: string;
  readonly ports: {
    readonly etcd: number;
    readonly etcdPeer: number;
    readonly apiServer: number;
    readonly trustManagerMetrics: number;
    readonly trustManagerReadiness: number;
    readonly trustManagerWebhook: number;
  };
}

export interface CertManagerFlags {
  /** After a failed request, before the next; default one hour, as cert-manager has it. */
  readonly minimumBackoffMs?: number;
  /** Leave the approval of requests to somebody else; default false. */
  readonly withoutApprover?: boolean;
}

/**
 * Those that a mesh needs; the others would only cost time. Endpoints cannot be had: Kubernetes takes
 * none on the loopback.
 */
const controllers = [
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
  'namespace-controller',
  'garbage-collector-controller',
  'deployment-controller',
  'replicaset-controller',
  'statefulset-controller',
  'daemonset-controller',
  'job-controller',
  'cronjob-controller',
  'disruption-controller',
  'pod-garbage-collector-controller',
  'clusterrole-aggregation-controller',
  'ttl-after-finished-controller',
];

export function etcdFlags({ folder, ports }: ControlPlanePlaces): readonly string[] {
  const client = `http://127.0.0.1:${String(ports.etcd)}`;
  const peer = `http://127.0.0.1:${String(ports.etcdPeer)}`;
  return [
    `--data-dir=${folder}/etcd`,
    // The data need not survive the machine.
    '--unsafe-no-fsync',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--log-level=warn',
  ];
}

export function apiServerFlags({ folder, ports }: ControlPlanePlaces): readonly string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${String(ports.etcd)}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${String(ports.apiServer)}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    // There is no Service network, and endpoints may not be loopback addresses.
    '--endpoint-reconciler-type=none',
    '--authorization-mode=RBAC',
    '--allow-privileged',
    // Without it a server that is to end waits for its watches, a minute or until it is killed.
    '--shutdown-watch-termination-grace-period=1s',
    `--client-ca-file=${folder}/ca.crt`,
    `--tls-cert-file=${folder}/server.crt`,
    `--tls-private-key-file=${folder}/server.key`,
    `--service-account-issuer=https://127.0.0.1:${String(ports.apiServer)}`,
    `--service-account-key-file=${folder}/service-accounts.key`,
    `--service-account-signing-key-file=${folder}/service-accounts.key`,
  ];
}

export function controllerManagerFlags({ folder }: ControlPlanePlaces): readonly string[] {
  return [
    `--kubeconfig=${folder}/kube-controller-manager.yaml`,
    '--leader-elect=false',
    '--secure-port=0',
    '--use-service-account-credentials',
    `--root-ca-file=${folder}/ca.crt`,
    `--service-account-private-key-file=${folder}/service-accounts.key`,
    `--controllers=${controllers.join(',')}`,
  ];
}

export function schedulerFlags({ folder }: ControlPlanePlaces): readonly string[] {
  return [`--kubeconfig=${folder}/kube-scheduler.yaml`, '--leader-elect=false', '--secure-port=0'];
}

export function certManagerFlags(
  { folder }: ControlPlanePlaces,
  { minimumBackoffMs = 3_600_000, withoutApprover = false }: CertManagerFlags = {},
): readonly string[] {
  return [
    `--kubeconfig=${folder}/cert-manager.yaml`,
    '--cluster-resource-namespace=cert-manager',
    `--certificate-request-minimum-backoff-duration=${String(minimumBackoffMs)}ms`,
    ...(withoutApprover ? ['--disable-auto-approval'] : []),
  ];
}

export function trustManagerFlags({ folder, ports }: ControlPlanePlaces): readonly string[] {
  return [
    `--kubeconfig=${folder}/trust-manager.yaml`,
    '--leader-elect=false',
    '--trust-namespace=cert-manager',
    `--metrics-port=${String(ports.trustManagerMetrics)}`,
    `--readiness-probe-port=${String(ports.trustManagerReadiness)}`,
    // It cannot be turned off; without a ValidatingWebhookConfiguration nobody calls it.
    '--webhook-host=127.0.0.1',
    `--webhook-port=${String(ports.trustManagerWebhook)}`,
    `--webhook-certificate-dir=${folder}/webhook`,
  ];
}
