import { createHash } from 'node:crypto';

import { formatGoDuration } from '../identity/go-duration.ts';
import { proxyContainer, proxyInitContainer, proxyVolumes } from '../injector/proxy-template.ts';
import type { ManifestObject } from '../kube/apply-object.ts';
import {
  Annotation,
  Container,
  controlPlaneNamespace,
  issuerSecret,
  Label,
  linkerdVersion,
  MountPath,
  Port,
  trustDomain,
  trustRootsConfigMap,
} from '../linkerd-names.ts';

export interface ControlPlaneOptions {
  readonly replicas: number;
  /** Identity's issuance lifetime. */
  readonly leafLifetimeMs: number;
  readonly clockSkewMs: number;
  readonly failurePolicy: 'Fail' | 'Ignore';
  /** `injectorUrl` of the mesh. The chart names a Service; Kubernetes gives one no endpoint on the loopback. */
  readonly webhookUrl: string;
}

interface Component {
  readonly name: 'identity' | 'destination' | 'proxy-injector';
  readonly containers: readonly Record<string, unknown>[];
  readonly inboundPorts: readonly number[];
  readonly volumes: readonly Record<string, unknown>[];
  /** Identity's proxy is an ordinary container, the others' a native sidecar. */
  readonly nativeSidecar: boolean;
}

const trustRootsVolume = { name: 'trust-roots', configMap: { name: trustRootsConfigMap } };
const trustRootsMount = { name: 'trust-roots', mountPath: MountPath.TrustRoots };

/** The three control-plane Deployments with their service accounts and services, as the chart renders them. */
export function controlPlaneObjects(options: ControlPlaneOptions): ManifestObject[] {
  const components = [identity(options), destination(), injector()];
  return [
    ...components.map((component) => serviceAccount(component)),
    ...components.map((component) => deployment(component, options.replicas)),
    service('linkerd-identity', 'identity', { name: 'grpc', port: 8080 }),
    service('linkerd-identity-headless', 'identity', { name: 'grpc', port: 8080 }),
    service('linkerd-dst', 'destination', { name: 'grpc', port: 8086 }),
    service('linkerd-dst-headless', 'destination', { name: 'grpc', port: 8086 }),
    service('linkerd-policy', 'destination', { name: 'grpc', port: 8090 }),
    service('linkerd-proxy-injector', 'proxy-injector', {
      name: 'proxy-injector',
      port: 443,
      targetPort: 'injector',
    }),
  ];
}

/** The webhook that makes the API server ask an injector about each new pod. */
export function injectorWebhook(
  caBundle: string,
  { failurePolicy, webhookUrl }: ControlPlaneOptions,
): ManifestObject {
  const none = (key: string): Record<string, unknown> => ({ key, operator: 'DoesNotExist' });
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'linkerd-proxy-injector-webhook-config' },
    webhooks: [
      {
        name: 'linkerd-proxy-injector.linkerd.io',
        clientConfig: { url: webhookUrl, caBundle },
        failurePolicy,
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        timeoutSeconds: 10,
        rules: [
          { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] },
        ],
        namespaceSelector: {
          matchExpressions: [
            { key: Label.WebhooksDisabled, operator: 'NotIn', values: ['disabled'] },
            {
              key: 'kubernetes.io/metadata.name',
              operator: 'NotIn',
              values: ['kube-system', 'cert-manager'],
            },
          ],
        },
        objectSelector: {
          matchExpressions: [none(Label.Component), none('linkerd.io/cni-resource')],
        },
      },
    ],
  };
}

function controller(
  name: string,
  ports: Readonly<Record<string, number>>,
  rest: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    name,
    image: `cr.l5d.io/linkerd/controller:${linkerdVersion}`,
    imagePullPolicy: 'IfNotPresent',
    ports: Object.entries(ports).map(([port, containerPort]) => ({ name: port, containerPort })),
    ...rest,
  };
}

function identity({ leafLifetimeMs, clockSkewMs }: ControlPlaneOptions): Component {
  const ports = { 'ident-grpc': Port.Identity, 'ident-admin': Port.IdentityAdmin };
  const args = [
    'identity',
    '-log-level=info',
    '-log-format=plain',
    `-controller-namespace=${controlPlaneNamespace}`,
    `-identity-trust-domain=${trustDomain}`,
    `-identity-issuance-lifetime=${formatGoDuration(leafLifetimeMs)}`,
    `-identity-clock-skew-allowance=${formatGoDuration(clockSkewMs)}`,
    '-identity-scheme=kubernetes.io/tls',
    '-enable-pprof=false',
    '-kube-apiclient-qps=100',
    '-kube-apiclient-burst=200',
  ];
  const probe = (path: string, rest: Record<string, unknown>): Record<string, unknown> => ({
    httpGet: { path, port: Port.IdentityAdmin },
    ...rest,
  });
  return {
    name: 'identity',
    nativeSidecar: false,
    inboundPorts: [Port.Identity, Port.IdentityAdmin],
    containers: [
      controller(Container.Identity, ports, {
        args,
        livenessProbe: probe('/ping', { initialDelaySeconds: 10 }),
        readinessProbe: probe('/ready', { failureThreshold: 7 }),
        volumeMounts: [{ name: 'identity-issuer', mountPath: MountPath.Issuer }, trustRootsMount],
      }),
    ],
    volumes: [{ name: 'identity-issuer', secret: { secretName: issuerSecret } }, trustRootsVolume],
  };
}

function destination(): Component {
  return {
    name: 'destination',
    nativeSidecar: true,
    inboundPorts: [8086, 8090, 8443, 9443, 9990, 9996, 9997],
    containers: [
      controller('destination', { 'dest-grpc': 8086, 'dest-admin': 9996 }),
      controller('sp-validator', { 'sp-validator': 8443, 'spval-admin': 9997 }),
      controller('policy', {
        'policy-grpc': 8090,
        'policy-admin': 9990,
        'policy-https': 9443,
      }),
    ],
    volumes: [],
  };
}

function injector(): Component {
  const ports = { injector: Port.Injector, 'injector-admin': 9995 };
  return {
    name: 'proxy-injector',
    nativeSidecar: true,
    inboundPorts: Object.values(ports),
    containers: [
      controller(Container.Injector, ports, {
        args: ['proxy-injector'],
        volumeMounts: [trustRootsMount, { name: 'tls', mountPath: MountPath.WebhookPair }],
      }),
    ],
    volumes: [
      trustRootsVolume,
      { name: 'tls', secret: { secretName: 'linkerd-proxy-injector-k8s-tls' } },
    ],
  };
}

function deployment(component: Component, replicas: number): ManifestObject {
  const name = `linkerd-${component.name}`;
  const labels = {
    [Label.Component]: component.name,
    [Label.ControlPlaneNamespace]: controlPlaneNamespace,
  };
  const podLabels = { ...labels, [Label.ProxyDeployment]: name };
  const { inboundPorts, nativeSidecar } = component;
  const own = { component: component.name, inboundPorts, nativeSidecar };
  const proxy = proxyContainer({ anchors: 'configMap', ...own });
  const init = proxyInitContainer();
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: controlPlaneNamespace,
      labels: {
        'app.kubernetes.io/name': component.name,
        'app.kubernetes.io/part-of': 'Linkerd',
        'app.kubernetes.io/version': linkerdVersion,
        ...labels,
      },
    },
    spec: {
      replicas,
      strategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: '25%' } },
      selector: { matchLabels: podLabels },
      template: {
        metadata: {
          labels: { ...podLabels, [Label.WorkloadNamespace]: controlPlaneNamespace },
          annotations: {
            [Annotation.CreatedBy]: `linkerd/helm ${linkerdVersion}`,
            [Annotation.ProxyVersion]: linkerdVersion,
            // With an external CA the chart hashes an empty value: a constant that says nothing.
            [Annotation.TrustRootHash]: createHash('sha256').update('').digest('hex'),
            'config.linkerd.io/default-inbound-policy': 'all-unauthenticated',
          },
        },
        spec: {
          serviceAccountName: name,
          initContainers: nativeSidecar ? [init, proxy] : [init],
          containers: [...component.containers, ...(nativeSidecar ? [] : [proxy])],
          volumes: [...component.volumes, ...proxyVolumes],
        },
      },
    },
  };
}

function serviceAccount({ name }: Component): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: `linkerd-${name}`, namespace: controlPlaneNamespace },
  };
}

/** Whatever speaks for itself by its pods' addresses is headless. */
function service(
  name: string,
  component: Component['name'],
  port: { readonly name: string; readonly port: number; readonly targetPort?: string },
): ManifestObject {
  const isHeadless = name.endsWith('-headless') || name === 'linkerd-policy';
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: controlPlaneNamespace },
    spec: {
      ...(isHeadless ? { clusterIP: 'None' } : {}),
      selector: { [Label.Component]: component },
      ports: [{ targetPort: port.port, ...port }],
    },
  };
}

/** What tells others how this Linkerd was installed: external CA, issuer from cert-manager. */
export function linkerdConfig(): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'linkerd-config', namespace: controlPlaneNamespace },
    data: {
      values: [
        `clusterDomain: ${trustDomain}`,
        `identityTrustDomain: ${trustDomain}`,
        'identity:',
        '  externalCA: true',
        '  issuer:',
        '    scheme: kubernetes.io/tls',
        `linkerdVersion: ${linkerdVersion}`,
        'proxy:',
        '  nativeSidecar: true',
        '',
      ].join('\n'),
    },
  };
}
