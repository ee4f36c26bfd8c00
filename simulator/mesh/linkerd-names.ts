/** Names that Linkerd's charts, proxies and this simulator share (linkerd2 `charts/`, `pkg/k8s/labels.go`). */

export const controlPlaneNamespace = 'linkerd';
export const trustRootsConfigMap = 'linkerd-identity-trust-roots';
export const trustRootsKey = 'ca-bundle.crt';
export const issuerSecret = 'linkerd-identity-issuer';
export const trustDomain = 'cluster.local';
export const linkerdVersion = 'edge-26.8.3';
/** The audience of the tokens that proxies show to linkerd-identity. */
export const identityAudience = 'identity.l5d.io';

export const Container = {
  Proxy: 'linkerd-proxy',
  Identity: 'identity',
  Injector: 'proxy-injector',
} as const;

export const Label = {
  Component: 'linkerd.io/control-plane-component',
  ControlPlaneNamespace: 'linkerd.io/control-plane-ns',
  ProxyDeployment: 'linkerd.io/proxy-deployment',
  WorkloadNamespace: 'linkerd.io/workload-ns',
  WebhooksDisabled: 'config.linkerd.io/admission-webhooks',
} as const;

export const Annotation = {
  Inject: 'linkerd.io/inject',
  CreatedBy: 'linkerd.io/created-by',
  ProxyVersion: 'linkerd.io/proxy-version',
  TrustRootHash: 'linkerd.io/trust-root-sha256',
} as const;

export const ProxyEnv = {
  TrustAnchors: 'LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS',
  LocalName: 'LINKERD2_PROXY_IDENTITY_LOCAL_NAME',
  IdentityAddress: 'LINKERD2_PROXY_IDENTITY_SVC_ADDR',
  IdentityName: 'LINKERD2_PROXY_IDENTITY_SVC_NAME',
  IdentityDirectory: 'LINKERD2_PROXY_IDENTITY_DIR',
  TokenFile: 'LINKERD2_PROXY_IDENTITY_TOKEN_FILE',
} as const;

export const Port = {
  Outbound: 4140,
  Inbound: 4143,
  Control: 4190,
  Admin: 4191,
  Identity: 8080,
  IdentityAdmin: 9990,
  Injector: 8443,
} as const;

/** Where Linkerd's containers find their files. */
export const MountPath = {
  EndEntity: '/var/run/linkerd/identity/end-entity',
  Token: '/var/run/secrets/tokens',
  TrustRoots: '/var/run/linkerd/identity/trust-roots',
  Issuer: '/var/run/linkerd/identity/issuer',
  WebhookPair: '/var/run/linkerd/tls',
} as const;

/** The identity of a pod's proxy, by service account (linkerd2 `pkg/k8s/k8s.go`, `PodIdentity`). */
export function identityName(serviceAccount: string, namespace: string): string {
  return `${serviceAccount}.${namespace}.serviceaccount.identity.${controlPlaneNamespace}.${trustDomain}`;
}
