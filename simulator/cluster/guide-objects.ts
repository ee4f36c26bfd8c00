import { stringify } from 'yaml';
import type { ClusterApi } from './api/cluster-api.ts';
import { isTrue } from './controllers/conditions.ts';
import { parseDuration } from './cert-manager/durations.ts';
import type { KubeObject, ObjectDraft } from './objects.ts';
import {
  BUNDLES,
  CERTIFICATES,
  CLUSTER_ISSUERS,
  CONFIG_MAPS,
  CRDS,
  ISSUERS,
  NAMESPACES,
  RESOURCES,
  SECRETS,
} from './resources.ts';
import type { Resource } from './resources.ts';
import { waitForStore } from './wait-for-store.ts';

/** Values in which an installation may differ from Linkerd's guide. Durations are Go's, e.g. `8760h` or `90s`. */
export interface TrustPkiOptions {
  trustDomain?: string;
  anchorCommonName?: string;
  /** Guide: 8760h, renewed 7320h before its end. */
  anchorDuration?: string;
  anchorRenewBefore?: string;
  /** Guide: 48h, renewed 25h before its end. */
  issuerDuration?: string;
  issuerRenewBefore?: string;
  /** Guide: Always for both. */
  anchorRotationPolicy?: 'Always' | 'Never';
  /** Whether the Certificate CRD has `spec.renewal`; give the cluster the same option. Default true. */
  renewalField?: boolean;
  /** How long cert-manager and trust-manager may take. Default 10 s. */
  timeoutMs?: number;
}

const TRUST_NAMESPACE = 'cert-manager';
const LINKERD_NAMESPACE = 'linkerd';
const MANAGER = { manager: 'kubectl-client-side-apply' };
const CONTROL_PLANE_LABELS = {
  'linkerd.io/is-control-plane': 'true',
  'linkerd.io/inject': 'disabled',
  'config.linkerd.io/admission-webhooks': 'disabled',
};

async function ensure(api: ClusterApi, resource: Resource, draft: ObjectDraft): Promise<void> {
  const { name = '', namespace } = draft.metadata;
  if (api.store.get(resource, { name, namespace }) === undefined)
    await api.create(resource, draft, MANAGER);
}

function certificateSchema(renewalField: boolean): object {
  const preserve = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const renewal = renewalField
    ? { renewal: { type: 'object', properties: { policy: { type: 'string' } } } }
    : {};
  return {
    openAPIV3Schema: { type: 'object', properties: { spec: { ...preserve, properties: renewal } } },
  };
}

/** A CustomResourceDefinition as a client looks for it: its version label and whether the schema has a field. */
function crdOf(resource: Resource, renewalField: boolean): ObjectDraft {
  const { group, version, plural, kind, namespaced } = resource;
  const label = renewalField ? 'v1.21.2' : 'v1.20.2';
  const isCertManager = group === 'cert-manager.io';
  const labels = isCertManager ? { labels: { 'app.kubernetes.io/version': label } } : {};
  const schema =
    plural === 'certificates'
      ? certificateSchema(renewalField)
      : { openAPIV3Schema: { type: 'object' } };
  return {
    metadata: { name: `${plural}.${group}`, ...labels },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        { name: version, served: true, storage: true, subresources: { status: {} }, schema },
      ],
    },
  };
}

function anchorCertificate(options: TrustPkiOptions): ObjectDraft {
  const { trustDomain = 'cluster.local' } = options;
  return {
    metadata: { name: 'linkerd-trust-anchor', namespace: TRUST_NAMESPACE },
    spec: {
      issuerRef: { kind: 'Issuer', name: 'linkerd-trust-root-issuer' },
      secretName: 'linkerd-trust-anchor',
      isCA: true,
      commonName: options.anchorCommonName ?? `root.linkerd.${trustDomain}`,
      duration: options.anchorDuration ?? '8760h0m0s',
      renewBefore:
        options.anchorRenewBefore ?? defaultRenewBefore(options.anchorDuration, '7320h0m0s'),
      privateKey: {
        rotationPolicy: options.anchorRotationPolicy ?? 'Always',
        algorithm: 'ECDSA',
        size: 256,
      },
    },
  };
}

/** A given duration shortens the guide's renewBefore too, which must stay below it. */
function defaultRenewBefore(duration: string | undefined, guide: string): string {
  return duration === undefined ? guide : `${Math.floor(parseDuration(duration) / 2000)}s`;
}

function issuerCertificate(options: TrustPkiOptions): ObjectDraft {
  const name = `identity.linkerd.${options.trustDomain ?? 'cluster.local'}`;
  return {
    metadata: { name: 'linkerd-identity-issuer', namespace: LINKERD_NAMESPACE },
    spec: {
      issuerRef: { kind: 'ClusterIssuer', name: 'linkerd-identity-issuer' },
      secretName: 'linkerd-identity-issuer',
      isCA: true,
      commonName: name,
      dnsNames: [name],
      duration: options.issuerDuration ?? '48h0m0s',
      renewBefore:
        options.issuerRenewBefore ?? defaultRenewBefore(options.issuerDuration, '25h0m0s'),
      usages: ['cert sign', 'crl sign', 'server auth', 'client auth'],
      privateKey: { rotationPolicy: 'Always', algorithm: 'ECDSA' },
    },
  };
}

const BUNDLE: ObjectDraft = {
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

function linkerdConfig(options: TrustPkiOptions): ObjectDraft {
  const { trustDomain = 'cluster.local' } = options;
  const identity = { externalCA: true, issuer: { scheme: 'kubernetes.io/tls' } };
  const values = stringify({
    identity,
    identityTrustDomain: trustDomain,
    clusterDomain: 'cluster.local',
  });
  return { metadata: { name: 'linkerd-config', namespace: LINKERD_NAMESPACE }, data: { values } };
}

async function waitForCertificate(
  api: ClusterApi,
  key: { namespace: string; name: string },
  timeoutMs: number,
) {
  await waitForStore(api.store, {
    until: () => isTrue(api.store.get(CERTIFICATES, key)?.status?.conditions, 'Ready'),
    what: `Certificate ${key.namespace}/${key.name} becoming Ready`,
    timeoutMs,
  });
}

/** The guide's `kubectl get secret … | sed | kubectl apply`: the anchor's pair under another name. */
async function copyAnchor(api: ClusterApi): Promise<void> {
  const anchor: KubeObject = api.get(SECRETS, {
    namespace: TRUST_NAMESPACE,
    name: 'linkerd-trust-anchor',
  });
  const metadata = { name: 'linkerd-previous-anchor', namespace: TRUST_NAMESPACE };
  await ensure(api, SECRETS, { metadata, type: anchor['type'], data: anchor['data'] });
}

/**
 * Installs what Linkerd's guide to automatic credential rotation sets up: issuers, Certificates, the previous-anchor
 * copy, the Bundle, and the control plane's namespace and configuration. What already exists is left alone.
 * Resolves when both Certificates are Ready and the bundle is in the control plane's namespace.
 */
export async function installTrustPki(
  api: ClusterApi,
  options: TrustPkiOptions = {},
): Promise<void> {
  const { timeoutMs = 10_000, renewalField = true } = options;
  for (const resource of RESOURCES.filter(({ builtIn }) => !builtIn))
    await ensure(api, CRDS, crdOf(resource, renewalField));
  await ensure(api, NAMESPACES, { metadata: { name: TRUST_NAMESPACE } });
  await ensure(api, NAMESPACES, {
    metadata: { name: LINKERD_NAMESPACE, labels: CONTROL_PLANE_LABELS },
  });
  await ensure(api, ISSUERS, {
    metadata: { name: 'linkerd-trust-root-issuer', namespace: TRUST_NAMESPACE },
    spec: { selfSigned: {} },
  });
  const anchor = anchorCertificate(options);
  await ensure(api, CERTIFICATES, anchor);
  await waitForCertificate(
    api,
    { namespace: TRUST_NAMESPACE, name: 'linkerd-trust-anchor' },
    timeoutMs,
  );
  await ensure(api, CLUSTER_ISSUERS, {
    metadata: { name: 'linkerd-identity-issuer' },
    spec: { ca: { secretName: 'linkerd-trust-anchor' } },
  });
  await ensure(api, CERTIFICATES, issuerCertificate(options));
  await waitForCertificate(
    api,
    { namespace: LINKERD_NAMESPACE, name: 'linkerd-identity-issuer' },
    timeoutMs,
  );
  await copyAnchor(api);
  await ensure(api, BUNDLES, BUNDLE);
  await ensure(api, CONFIG_MAPS, linkerdConfig(options));
  const target = { namespace: LINKERD_NAMESPACE, name: 'linkerd-identity-trust-roots' };
  await waitForStore(api.store, {
    until: () => api.store.get(CONFIG_MAPS, target) !== undefined,
    what: 'the trust bundle appearing in the linkerd namespace',
    timeoutMs,
  });
}
