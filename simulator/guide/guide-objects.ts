import { stringify } from 'yaml';
import type { ManifestObject } from '../mesh/kube/apply-object.ts';

/** Values in which an installation may differ from Linkerd's guide. Durations are Go's, e.g. `8760h` or `90s`. */
export interface TrustPkiOptions {
  readonly trustDomain?: string;
  readonly anchorCommonName?: string;
  /** Guide: 8760h, renewed 7320h before its end. */
  readonly anchorDuration?: string;
  readonly anchorRenewBefore?: string;
  /** Guide: 48h, renewed 25h before its end. */
  readonly issuerDuration?: string;
  readonly issuerRenewBefore?: string;
  /** Guide: Always for both. */
  readonly anchorRotationPolicy?: 'Always' | 'Never';
  /** An anchor that cert-manager did not make, PEM; it keeps one that fits its Certificate. */
  readonly anchorPair?: { readonly certificate: string; readonly key: string };
}

export const trustNamespace = 'cert-manager';
export const linkerdNamespace = 'linkerd';
const trustRootIssuer = 'linkerd-trust-root-issuer';

const controlPlaneLabels = {
  'linkerd.io/is-control-plane': 'true',
  'linkerd.io/inject': 'disabled',
  'config.linkerd.io/admission-webhooks': 'disabled',
};

export function namespaces(): readonly ManifestObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: trustNamespace } },
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: linkerdNamespace, labels: controlPlaneLabels },
    },
  ];
}

/** The self-signed Issuer of the trust anchor, and the anchor. */
export function trustAnchor(options: TrustPkiOptions): readonly ManifestObject[] {
  const name = trustRootIssuer;
  const spec = {
    issuerRef: { kind: 'Issuer', name },
    secretName: 'linkerd-trust-anchor',
    isCA: true,
    commonName: options.anchorCommonName ?? `root.linkerd.${trustDomainOf(options)}`,
    duration: options.anchorDuration ?? '8760h0m0s',
    renewBefore: options.anchorRenewBefore ?? '7320h0m0s',
    privateKey: {
      rotationPolicy: options.anchorRotationPolicy ?? 'Always',
      algorithm: 'ECDSA',
      size: 256,
    },
  };
  return [
    certManager('Issuer', name, trustNamespace, { selfSigned: {} }),
    certManager('Certificate', 'linkerd-trust-anchor', trustNamespace, spec),
  ];
}

/** The Secret of an anchor from elsewhere, with the marks by which cert-manager takes it for its own. */
export function anchorFromElsewhere({ anchorPair }: TrustPkiOptions): readonly ManifestObject[] {
  if (anchorPair === undefined) return [];
  const certificate = Buffer.from(anchorPair.certificate).toString('base64');
  const key = Buffer.from(anchorPair.key).toString('base64');
  const metadata = {
    name: 'linkerd-trust-anchor',
    namespace: trustNamespace,
    labels: { 'controller.cert-manager.io/fao': 'true' },
    annotations: {
      'cert-manager.io/certificate-name': 'linkerd-trust-anchor',
      'cert-manager.io/issuer-name': trustRootIssuer,
      'cert-manager.io/issuer-kind': 'Issuer',
      'cert-manager.io/issuer-group': 'cert-manager.io',
    },
  };
  const data = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': certificate };
  return [{ apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', data }];
}

/** The ClusterIssuer that signs with the trust anchor, and the identity issuer. */
export function identityIssuer(options: TrustPkiOptions): readonly ManifestObject[] {
  const name = 'linkerd-identity-issuer';
  const commonName = `identity.linkerd.${trustDomainOf(options)}`;
  const spec = {
    issuerRef: { kind: 'ClusterIssuer', name },
    secretName: name,
    isCA: true,
    commonName,
    dnsNames: [commonName],
    duration: options.issuerDuration ?? '48h0m0s',
    renewBefore: options.issuerRenewBefore ?? '25h0m0s',
    usages: ['cert sign', 'crl sign', 'server auth', 'client auth'],
    privateKey: { rotationPolicy: 'Always', algorithm: 'ECDSA' },
  };
  return [
    certManager('ClusterIssuer', name, undefined, { ca: { secretName: 'linkerd-trust-anchor' } }),
    certManager('Certificate', name, linkerdNamespace, spec),
  ];
}

export function bundle(): ManifestObject {
  return {
    apiVersion: 'trust.cert-manager.io/v1alpha1',
    kind: 'Bundle',
    metadata: { name: 'linkerd-identity-trust-roots' },
    spec: {
      sources: [
        { secret: { name: 'linkerd-trust-anchor', key: 'tls.crt' } },
        { secret: { name: 'linkerd-previous-anchor', key: 'tls.crt' } },
      ],
      target: {
        configMap: { key: 'ca-bundle.crt' },
        namespaceSelector: { matchLabels: { 'linkerd.io/is-control-plane': 'true' } },
      },
    },
  };
}

/** What Linkerd's installation tells about itself, as far as an external CA is concerned. */
export function linkerdConfig(options: TrustPkiOptions): ManifestObject {
  const values = stringify({
    identity: { externalCA: true, issuer: { scheme: 'kubernetes.io/tls' } },
    identityTrustDomain: trustDomainOf(options),
    clusterDomain: 'cluster.local',
  });
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'linkerd-config', namespace: linkerdNamespace },
    data: { values },
  };
}

function trustDomainOf({ trustDomain = 'cluster.local' }: TrustPkiOptions): string {
  return trustDomain;
}

function certManager(
  kind: string,
  name: string,
  namespace: string | undefined,
  spec: object,
): ManifestObject {
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return { apiVersion: 'cert-manager.io/v1', kind, metadata, spec };
}
