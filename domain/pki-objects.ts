import type { MeshObjects } from './objects.ts';
import { writesBundle } from './objects.ts';
import type { Source } from './sources.ts';
import { defaultSources } from './sources.ts';

/**
 * The objects of steps 1 to 5 of Linkerd's guide "Automatically Rotating Control Plane TLS Credentials",
 * which everything else here takes for granted. Source: linkerd/website
 * `tasks/automatically-rotating-control-plane-tls-credentials.md`.
 */

/** A Kubernetes object as it is applied. */
export interface PkiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/**
 * What the Bundle may take out of an anchor's Secret. Where an intermediate CA signs for the anchor, that lies in
 * `tls.crt`, and only `ca.crt` is the anchor.
 */
export const bundleSourceKeys = ['tls.crt', 'ca.crt'] as const;

/** Where an installation may differ. Durations are Go's, for example `8760h`. */
export interface PkiSettings {
  /** `imported`: its owner puts it into its Secret, and all that is said of it here says nothing. */
  readonly anchorSource: Source;
  /** The self-signed Issuer of the anchor, in the trust namespace. */
  readonly trustRootIssuer: string;
  readonly anchorCommonName: string;
  readonly anchorDuration: string;
  readonly anchorRenewBefore: string;
  /** `Disabled` needs cert-manager 1.21; before, only `anchorRenewBefore` says when it renews itself. */
  readonly anchorRenewal: 'Disabled' | 'Automatic';
  readonly anchorRotationPolicy: 'Always' | 'Never';
  readonly issuerCommonName: string;
  readonly issuerDuration: string;
  readonly issuerRenewBefore: string;
  readonly bundleSourceKey: (typeof bundleSourceKeys)[number];
}

/** As the guide has them. Its anchor renews itself 60 days after it was made. */
export function guideSettings(trustDomain: string): PkiSettings {
  return {
    anchorSource: defaultSources.anchor,
    trustRootIssuer: 'linkerd-trust-root-issuer',
    anchorCommonName: `root.linkerd.${trustDomain}`,
    anchorDuration: '8760h0m0s',
    anchorRenewBefore: '7320h0m0s',
    anchorRenewal: 'Automatic',
    anchorRotationPolicy: 'Always',
    issuerCommonName: `identity.linkerd.${trustDomain}`,
    issuerDuration: '48h0m0s',
    issuerRenewBefore: '25h0m0s',
    bundleSourceKey: 'tls.crt',
  };
}

/**
 * As the guide, but for an anchor that is renewed by a rotation and by nothing else. A cert-manager that
 * cannot switch the renewal off leaves ten months for one.
 */
export function safeSettings(trustDomain: string): PkiSettings {
  return {
    ...guideSettings(trustDomain),
    anchorRenewal: 'Disabled',
    anchorRenewBefore: '1440h0m0s',
  };
}

/** Step 1: the control plane's namespace, with the label that the Bundle selects by. */
export function controlPlaneNamespace({ linkerdNamespace }: MeshObjects): PkiObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: linkerdNamespace,
      labels: {
        'linkerd.io/is-control-plane': 'true',
        'linkerd.io/inject': 'disabled',
        'config.linkerd.io/admission-webhooks': 'disabled',
      },
    },
  };
}

/** Step 2: what lets cert-manager write the identity issuer's Secret. */
export function certManagerAccess({ linkerdNamespace: namespace }: MeshObjects): PkiObject[] {
  const apiGroup = 'rbac.authorization.k8s.io';
  const name = 'cert-manager';
  const role = 'cert-manager-secret-creator';
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'Role',
      metadata: { name: role, namespace },
      rules: [
        { apiGroups: [''], resources: ['secrets'], verbs: ['create', 'get', 'update', 'patch'] },
      ],
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata: { name: `${role}-binding`, namespace },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
      roleRef: { kind: 'Role', name: role, apiGroup },
    },
  ];
}

/** Step 3: the self-signed Issuer of the trust anchor, and the anchor; neither where it comes from elsewhere. */
export function trustAnchorObjects(objects: MeshObjects, settings: PkiSettings): PkiObject[] {
  if (settings.anchorSource === 'imported') return [];
  const { trustNamespace: namespace, trustAnchor: name } = objects;
  const issuer = settings.trustRootIssuer;
  const spec = {
    issuerRef: { kind: 'Issuer', name: issuer },
    secretName: name,
    isCA: true,
    commonName: settings.anchorCommonName,
    duration: settings.anchorDuration,
    renewBefore: settings.anchorRenewBefore,
    ...(settings.anchorRenewal === 'Disabled' ? { renewal: { policy: 'Disabled' } } : {}),
    privateKey: {
      rotationPolicy: settings.anchorRotationPolicy,
      algorithm: 'ECDSA',
      size: 256,
    },
  };
  return [
    certManager('Issuer', { name: issuer, namespace }, { selfSigned: {} }),
    certManager('Certificate', { name, namespace }, spec),
  ];
}

/** Step 4: the ClusterIssuer that signs with the trust anchor, and the identity issuer. */
export function identityIssuerObjects(objects: MeshObjects, settings: PkiSettings): PkiObject[] {
  const { linkerdNamespace: namespace, identityIssuer: name, clusterIssuer } = objects;
  const commonName = settings.issuerCommonName;
  const spec = {
    issuerRef: { kind: 'ClusterIssuer', name: clusterIssuer },
    secretName: name,
    isCA: true,
    commonName,
    dnsNames: [commonName],
    duration: settings.issuerDuration,
    renewBefore: settings.issuerRenewBefore,
    // Proxies and identity both look at the usages of what stands between leaf and anchor.
    usages: ['cert sign', 'crl sign', 'server auth', 'client auth'],
    privateKey: { rotationPolicy: 'Always', algorithm: 'ECDSA' },
  };
  return [
    certManager(
      'ClusterIssuer',
      { name: clusterIssuer },
      { ca: { secretName: objects.trustAnchor } },
    ),
    certManager('Certificate', { name, namespace }, spec),
  ];
}

/** Step 5: the Bundle of the anchor in use and of the one before. */
export function bundleObject(
  objects: MeshObjects,
  { bundleSourceKey: key }: PkiSettings,
): PkiObject {
  return {
    apiVersion: 'trust.cert-manager.io/v1alpha1',
    kind: 'Bundle',
    metadata: { name: objects.bundle },
    spec: {
      sources: [
        { secret: { name: objects.trustAnchor, key } },
        { secret: { name: objects.previousAnchor, key } },
      ],
      target: {
        configMap: { key: objects.bundleKey },
        namespaceSelector: { matchLabels: { 'linkerd.io/is-control-plane': 'true' } },
      },
    },
  };
}

/** All five steps in their order, the last where trust-manager keeps the bundle; the copy of the anchor that step 5 begins with is no object of its own. */
export function pkiObjects(objects: MeshObjects, settings: PkiSettings): readonly PkiObject[] {
  return [
    controlPlaneNamespace(objects),
    ...certManagerAccess(objects),
    ...trustAnchorObjects(objects, settings),
    ...identityIssuerObjects(objects, settings),
    ...(writesBundle(objects) ? [] : [bundleObject(objects, settings)]),
  ];
}

function certManager(kind: string, metadata: PkiObject['metadata'], spec: object): PkiObject {
  return { apiVersion: 'cert-manager.io/v1', kind, metadata, spec };
}
