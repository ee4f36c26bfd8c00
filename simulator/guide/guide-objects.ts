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
}

export const trustNamespace = 'cert-manager';
export const linkerdNamespace = 'linkerd';

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
  const name = 'linkerd-trust-root-issuer';
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
