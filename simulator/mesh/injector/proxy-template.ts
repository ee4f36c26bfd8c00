import {
  Container,
  controlPlaneNamespace,
  identityAudience,
  identityName,
  linkerdVersion,
  MountPath,
  Port,
  ProxyEnv,
  trustDomain,
  trustRootsConfigMap,
  trustRootsKey,
} from '../linkerd-names.ts';

export interface ProxyTemplate {
  /**
   * The PEM that the injector writes into the pod; the chart lets the kubelet take it from the
   * ConfigMap at each container start.
   */
  readonly anchors: { readonly pem: string } | 'configMap';
  /** An init container that stays; only linkerd-identity's proxy is an ordinary container. */
  readonly nativeSidecar: boolean;
  /** Ports of the containers behind the proxy. */
  readonly inboundPorts: readonly number[];
  /** The control plane's own pods reach their component by the loopback. */
  readonly component?: 'identity' | 'destination' | 'proxy-injector';
}

/** The part of a manifest that is a container, volume or the like. */
type Manifest = Record<string, unknown>;

const tokenVolume = {
  name: 'linkerd-identity-token',
  projected: {
    sources: [
      {
        serviceAccountToken: {
          audience: identityAudience,
          expirationSeconds: 86_400,
          path: 'linkerd-identity-token',
        },
      },
    ],
  },
};

/** Volumes that `linkerd-init` and the proxy mount. */
export const proxyVolumes: readonly Manifest[] = [
  { name: 'linkerd-proxy-init-xtables-lock', emptyDir: {} },
  { name: 'linkerd-identity-end-entity', emptyDir: { medium: 'Memory' } },
  tokenVolume,
];

/** The `linkerd-proxy` container as Linkerd's templates render it (linkerd2 `charts/partials/templates/_proxy.tpl`). */
export function proxyContainer(template: ProxyTemplate): Manifest {
  const { nativeSidecar } = template;
  const probe = (path: string, rest: Manifest): Manifest => ({
    httpGet: { path, port: Port.Admin },
    ...rest,
  });
  return {
    name: Container.Proxy,
    image: `cr.l5d.io/linkerd/proxy:${linkerdVersion}`,
    imagePullPolicy: 'IfNotPresent',
    env: proxyEnvironment(template),
    ports: [
      { containerPort: Port.Inbound, name: 'linkerd-proxy' },
      { containerPort: Port.Admin, name: 'linkerd-admin' },
    ],
    livenessProbe: probe('/live', { initialDelaySeconds: 10, timeoutSeconds: 1 }),
    readinessProbe: probe('/ready', { initialDelaySeconds: 2, timeoutSeconds: 1 }),
    ...(nativeSidecar && {
      restartPolicy: 'Always',
      // The containers behind it start only once it has its leaf.
      startupProbe: probe('/ready', { periodSeconds: 1, failureThreshold: 120 }),
    }),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 2102,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { name: 'linkerd-identity-end-entity', mountPath: MountPath.EndEntity },
      { name: tokenVolume.name, mountPath: MountPath.Token },
    ],
  };
}

/** The init container that redirects the pod's traffic; it has nothing to do on the loopback. */
export function proxyInitContainer(): Manifest {
  const flags = {
    'firewall-bin-path': 'iptables-nft',
    'firewall-save-bin-path': 'iptables-nft-save',
    'incoming-proxy-port': Port.Inbound,
    'outgoing-proxy-port': Port.Outbound,
    'proxy-uid': 2102,
    'inbound-ports-to-ignore': `${Port.Control},${Port.Admin},4567,4568`,
    'outbound-ports-to-ignore': '4567,4568',
  };
  return {
    name: 'linkerd-init',
    image: `cr.l5d.io/linkerd/proxy:${linkerdVersion}`,
    imagePullPolicy: 'IfNotPresent',
    args: [
      '--ipv6=false',
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ],
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { add: ['NET_ADMIN', 'NET_RAW'] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsGroup: 65_534,
      runAsNonRoot: true,
      runAsUser: 65_534,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [{ name: 'linkerd-proxy-init-xtables-lock', mountPath: '/run' }],
  };
}

const clusterNetworks = '10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16,fd00::/8';

/** The chart's defaults, each under `LINKERD2_PROXY_`. */
const chartDefaults = {
  CORES: '1',
  CORES_MIN: '1',
  SHUTDOWN_ENDPOINT_ENABLED: 'false',
  LOG: 'warn,linkerd=info,hickory=error,[{headers}]=off,[{request}]=off',
  LOG_FORMAT: 'plain',
  DESTINATION_PROFILE_NETWORKS: clusterNetworks,
  POLICY_WORKLOAD: '{"ns":"$(_pod_ns)", "pod":"$(_pod_name)"}\n',
  INBOUND_DEFAULT_POLICY: 'all-unauthenticated',
  POLICY_CLUSTER_NETWORKS: clusterNetworks,
  CONTROL_STREAM_INITIAL_TIMEOUT: '3s',
  CONTROL_STREAM_IDLE_TIMEOUT: '5m',
  CONTROL_STREAM_LIFETIME: '1h',
  INBOUND_CONNECT_TIMEOUT: '100ms',
  OUTBOUND_CONNECT_TIMEOUT: '1000ms',
  OUTBOUND_DISCOVERY_IDLE_TIMEOUT: '5s',
  INBOUND_DISCOVERY_IDLE_TIMEOUT: '90s',
  CONTROL_LISTEN_ADDR: `0.0.0.0:${Port.Control}`,
  ADMIN_LISTEN_ADDR: `0.0.0.0:${Port.Admin}`,
  OUTBOUND_LISTEN_ADDR: `127.0.0.1:${Port.Outbound}`,
  OUTBOUND_LISTEN_ADDRS: `127.0.0.1:${Port.Outbound}`,
  INBOUND_LISTEN_ADDR: `0.0.0.0:${Port.Inbound}`,
  DESTINATION_PROFILE_SUFFIXES: `svc.${trustDomain}.`,
  INBOUND_ACCEPT_KEEPALIVE: '10000ms',
  OUTBOUND_CONNECT_KEEPALIVE: '10000ms',
  INBOUND_ACCEPT_USER_TIMEOUT: '30s',
  OUTBOUND_CONNECT_USER_TIMEOUT: '30s',
  OUTBOUND_METRICS_HOSTNAME_LABELS: 'false',
  INBOUND_SERVER_HTTP2_KEEP_ALIVE_INTERVAL: '10s',
  INBOUND_SERVER_HTTP2_KEEP_ALIVE_TIMEOUT: '3s',
  OUTBOUND_SERVER_HTTP2_KEEP_ALIVE_INTERVAL: '10s',
  OUTBOUND_SERVER_HTTP2_KEEP_ALIVE_TIMEOUT: '3s',
  INBOUND_PORTS_DISABLE_PROTOCOL_DETECTION: '25,587,3306,4444,5432,6379,9300,11211',
  DESTINATION_CONTEXT: '{"ns":"$(_pod_ns)", "nodeName":"$(_pod_nodeName)", "pod":"$(_pod_name)"}\n',
};

function proxyEnvironment({ anchors, component, inboundPorts }: ProxyTemplate): Manifest[] {
  const text = (name: string, value: string): Manifest => ({ name, value });
  const field = (name: string, fieldPath: string): Manifest => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  });
  const service = (name: string, owner: ProxyTemplate['component'], port: number): string =>
    component === owner
      ? `localhost.:${port}`
      : `${name}.${controlPlaneNamespace}.svc.${trustDomain}.:${port}`;
  const destinationName = identityName('linkerd-destination', controlPlaneNamespace);
  return [
    field('_pod_name', 'metadata.name'),
    field('_pod_ns', 'metadata.namespace'),
    field('_pod_uid', 'metadata.uid'),
    field('_pod_ip', 'status.podIP'),
    field('_pod_nodeName', 'spec.nodeName'),
    text('_pod_containerName', Container.Proxy),
    ...Object.entries(chartDefaults).map(([name, value]) => text(`LINKERD2_PROXY_${name}`, value)),
    ...(component === 'identity'
      ? [text('LINKERD2_PROXY_INBOUND_PORTS_REQUIRE_TLS', String(Port.Identity))]
      : []),
    field('LINKERD2_PROXY_INBOUND_IPS', 'status.podIPs'),
    text('LINKERD2_PROXY_INBOUND_PORTS', inboundPorts.join(',')),
    field('_pod_sa', 'spec.serviceAccountName'),
    text('_l5d_ns', controlPlaneNamespace),
    text('_l5d_trustdomain', trustDomain),
    text(
      'LINKERD2_PROXY_DESTINATION_SVC_ADDR',
      service('linkerd-dst-headless', 'destination', 8086),
    ),
    text('LINKERD2_PROXY_POLICY_SVC_ADDR', service('linkerd-policy', 'destination', 8090)),
    text(ProxyEnv.IdentityDirectory, MountPath.EndEntity),
    anchorsVariable(anchors),
    text(ProxyEnv.TokenFile, `${MountPath.Token}/linkerd-identity-token`),
    text(ProxyEnv.IdentityAddress, service('linkerd-identity-headless', 'identity', Port.Identity)),
    text(ProxyEnv.LocalName, identityName('$(_pod_sa)', '$(_pod_ns)')),
    text(ProxyEnv.IdentityName, identityName('linkerd-identity', controlPlaneNamespace)),
    text('LINKERD2_PROXY_DESTINATION_SVC_NAME', destinationName),
    text('LINKERD2_PROXY_POLICY_SVC_NAME', destinationName),
  ];
}

function anchorsVariable(anchors: ProxyTemplate['anchors']): Manifest {
  const name = ProxyEnv.TrustAnchors;
  if (anchors === 'configMap') {
    const configMapKeyRef = { name: trustRootsConfigMap, key: trustRootsKey };
    return { name, valueFrom: { configMapKeyRef } };
  }
  return { name, value: `${anchors.pem.trim()}\n` };
}
