import {
  Container,
  controlPlaneNamespace,
  identityName,
  Port,
  ProxyEnv,
  proxyVersion,
  trustDomain,
  trustRootsConfigMap,
  trustRootsKey,
} from '../linkerd-names.ts';

/**
 * Where the proxy's anchors come from: the injector writes the PEM itself into the pod, the chart
 * lets the kubelet take it from the ConfigMap at each container start.
 */
export type AnchorsSource = { readonly pem: string } | 'configMap';

/** Volumes that the proxy container mounts. */
export const proxyVolumes = [
  { name: 'linkerd-identity-end-entity', emptyDir: { medium: 'Memory' } },
  {
    name: 'linkerd-identity-token',
    projected: {
      sources: [
        {
          serviceAccountToken: {
            audience: 'identity.l5d.io',
            expirationSeconds: 86_400,
            path: 'linkerd-identity-token',
          },
        },
      ],
    },
  },
] as const;

/** The `linkerd-proxy` container as Linkerd's templates render it (linkerd2 `charts/partials/templates/_proxy.tpl`). */
export function proxyContainer(
  anchors: AnchorsSource,
  { nativeSidecar }: { readonly nativeSidecar: boolean },
): Record<string, unknown> {
  const probe = (path: string): Record<string, unknown> => ({
    httpGet: { path, port: Port.Admin },
    initialDelaySeconds: path === '/live' ? 10 : 2,
    timeoutSeconds: 1,
  });
  return {
    name: Container.Proxy,
    image: `cr.l5d.io/linkerd/proxy:${proxyVersion}`,
    imagePullPolicy: 'IfNotPresent',
    env: proxyEnvironment(anchors),
    ports: [
      { containerPort: Port.Inbound, name: 'linkerd-proxy' },
      { containerPort: Port.Admin, name: 'linkerd-admin' },
    ],
    livenessProbe: probe('/live'),
    readinessProbe: probe('/ready'),
    ...(nativeSidecar ? { restartPolicy: 'Always' } : {}),
    volumeMounts: [
      { name: 'linkerd-identity-end-entity', mountPath: '/var/run/linkerd/identity/end-entity' },
      { name: 'linkerd-identity-token', mountPath: '/var/run/secrets/tokens' },
    ],
  };
}

/** The init container that redirects the pod's traffic; it has nothing to do on the loopback. */
export function proxyInitContainer(): Record<string, unknown> {
  return {
    name: 'linkerd-init',
    image: `cr.l5d.io/linkerd/proxy:${proxyVersion}`,
    args: [`--incoming-proxy-port=${Port.Inbound}`, `--inbound-ports-to-ignore=4190,${Port.Admin}`],
  };
}

function proxyEnvironment(anchors: AnchorsSource): Record<string, unknown>[] {
  const field = (name: string, fieldPath: string): Record<string, unknown> => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  });
  return [
    field('_pod_name', 'metadata.name'),
    field('_pod_ns', 'metadata.namespace'),
    field('_pod_uid', 'metadata.uid'),
    field('_pod_ip', 'status.podIP'),
    field('_pod_nodeName', 'spec.nodeName'),
    field('_pod_sa', 'spec.serviceAccountName'),
    { name: '_l5d_ns', value: controlPlaneNamespace },
    { name: '_l5d_trustdomain', value: trustDomain },
    { name: ProxyEnv.AdminAddress, value: `0.0.0.0:${Port.Admin}` },
    { name: 'LINKERD2_PROXY_INBOUND_LISTEN_ADDR', value: `0.0.0.0:${Port.Inbound}` },
    { name: 'LINKERD2_PROXY_IDENTITY_DIR', value: '/var/run/linkerd/identity/end-entity' },
    anchorsVariable(anchors),
    {
      name: ProxyEnv.IdentityAddress,
      value: `linkerd-identity-headless.${controlPlaneNamespace}.svc.${trustDomain}.:${Port.Identity}`,
    },
    {
      name: ProxyEnv.LocalName,
      value: identityName('$(_pod_sa)', '$(_pod_ns)'),
    },
    {
      name: ProxyEnv.IdentityName,
      value: identityName('linkerd-identity', controlPlaneNamespace),
    },
  ];
}

function anchorsVariable(anchors: AnchorsSource): Record<string, unknown> {
  const name = ProxyEnv.TrustAnchors;
  if (anchors === 'configMap') {
    const configMapKeyRef = { name: trustRootsConfigMap, key: trustRootsKey };
    return { name, valueFrom: { configMapKeyRef } };
  }
  return { name, value: `${anchors.pem.trim()}\n` };
}
