import { createHash } from 'node:crypto';

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
  proxyVersion,
  trustDomain,
  trustRootsConfigMap,
} from '../linkerd-names.ts';

export interface ControlPlaneOptions {
  readonly replicas: number;
  /** Identity's issuance lifetime. */
  readonly leafLifetimeMs: number;
  readonly clockSkewMs: number;
  readonly failurePolicy: 'Fail' | 'Ignore';
  /** `injectorUrl` of the mesh, for a real API server; without it the webhook names the Service. */
  readonly webhookUrl?: string;
}

interface Component {
  readonly name: 'identity' | 'destination' | 'proxy-injector';
  readonly containers: readonly Record<string, unknown>[];
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
    service('linkerd-identity', 'identity', [{ name: 'grpc', port: 8080, targetPort: 8080 }]),
    {
      ...service('linkerd-identity-headless', 'identity', [
        { name: 'grpc', port: 8080, targetPort: 8080 },
      ]),
      spec: {
        clusterIP: 'None',
        selector: { [Label.Component]: 'identity' },
        ports: [{ name: 'grpc', port: 8080, targetPort: 8080 }],
      },
    },
    service('linkerd-dst', 'destination', [{ name: 'grpc', port: 8086, targetPort: 8086 }]),
    service('linkerd-proxy-injector', 'proxy-injector', [
      { name: 'proxy-injector', port: 443, targetPort: 'injector' },
    ]),
  ];
}

/** The webhook that makes the API server ask an injector about each new pod. */
export function injectorWebhook(
  caBundle: string,
  { failurePolicy, webhookUrl }: ControlPlaneOptions,
): ManifestObject {
  const service = {
    name: 'linkerd-proxy-injector',
    namespace: controlPlaneNamespace,
    path: '/',
    port: 443,
  };
  const none = (key: string): Record<string, unknown> => ({ key, operator: 'DoesNotExist' });
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'linkerd-proxy-injector-webhook-config' },
    webhooks: [
      {
        name: 'linkerd-proxy-injector.linkerd.io',
        clientConfig: {
          ...(webhookUrl === undefined ? { service } : { url: webhookUrl }),
          caBundle,
        },
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

function identity({ leafLifetimeMs, clockSkewMs }: ControlPlaneOptions): Component {
  return {
    name: 'identity',
    nativeSidecar: false,
    containers: [
      {
        name: Container.Identity,
        image: `cr.l5d.io/linkerd/controller:${linkerdVersion}`,
        args: [
          'identity',
          `-controller-namespace=${controlPlaneNamespace}`,
          `-identity-trust-domain=${trustDomain}`,
          `-identity-issuance-lifetime=${leafLifetimeMs}ms`,
          `-identity-clock-skew-allowance=${clockSkewMs}ms`,
          '-identity-scheme=kubernetes.io/tls',
        ],
        ports: [
          { name: 'ident-grpc', containerPort: Port.Identity },
          { name: 'ident-admin', containerPort: Port.IdentityAdmin },
        ],
        readinessProbe: { httpGet: { path: '/ready', port: Port.IdentityAdmin } },
        volumeMounts: [{ name: 'identity-issuer', mountPath: MountPath.Issuer }, trustRootsMount],
      },
    ],
    volumes: [{ name: 'identity-issuer', secret: { secretName: issuerSecret } }, trustRootsVolume],
  };
}

function destination(): Component {
  const container = (name: string, ports: readonly number[]): Record<string, unknown> => ({
    name,
    image: `cr.l5d.io/linkerd/controller:${linkerdVersion}`,
    ports: ports.map((containerPort) => ({ containerPort })),
  });
  return {
    name: 'destination',
    nativeSidecar: true,
    containers: [
      container('destination', [8086, 9996]),
      container('sp-validator', [8443, 9997]),
      container('policy', [8090, 9990, 9443]),
    ],
    volumes: [],
  };
}

function injector(): Component {
  return {
    name: 'proxy-injector',
    nativeSidecar: true,
    containers: [
      {
        name: Container.Injector,
        image: `cr.l5d.io/linkerd/controller:${linkerdVersion}`,
        args: ['proxy-injector'],
        ports: [
          { name: 'injector', containerPort: Port.Injector },
          { name: 'injector-admin', containerPort: 9995 },
        ],
        volumeMounts: [trustRootsMount, { name: 'tls', mountPath: MountPath.WebhookPair }],
      },
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
    [Label.ProxyDeployment]: name,
  };
  const proxy = proxyContainer('configMap', component);
  const init = proxyInitContainer();
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: controlPlaneNamespace, labels },
    spec: {
      replicas,
      strategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: '25%' } },
      selector: { matchLabels: labels },
      template: {
        metadata: {
          labels: { ...labels, [Label.WorkloadNamespace]: controlPlaneNamespace },
          annotations: {
            [Annotation.CreatedBy]: `linkerd/helm ${linkerdVersion}`,
            [Annotation.ProxyVersion]: proxyVersion,
            // With an external CA the chart hashes an empty value: a constant that says nothing.
            [Annotation.TrustRootHash]: createHash('sha256').update('').digest('hex'),
          },
        },
        spec: {
          serviceAccountName: name,
          initContainers: component.nativeSidecar ? [init, proxy] : [init],
          containers: [...component.containers, ...(component.nativeSidecar ? [] : [proxy])],
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

function service(
  name: string,
  component: Component['name'],
  ports: readonly Record<string, unknown>[],
): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: controlPlaneNamespace },
    spec: { type: 'ClusterIP', selector: { [Label.Component]: component }, ports },
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
