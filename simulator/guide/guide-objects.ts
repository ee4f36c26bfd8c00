import { stringify } from 'yaml';
import { documentedObjects } from '../../domain/objects.ts';
import type { PkiSettings } from '../../domain/pki-objects.ts';
import {
  bundleObject,
  certManagerAccess as accessObjects,
  controlPlaneNamespace,
  guideSettings,
  identityIssuerObjects,
  trustAnchorObjects,
} from '../../domain/pki-objects.ts';
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
  /** `byHand`: no trust-manager; a person has made the ConfigMap from the anchor. Guide: a Bundle. */
  readonly bundle?: 'bundle' | 'byHand';
}

export const { trustNamespace, linkerdNamespace } = documentedObjects;
const documentedSettings = guideSettings('cluster.local');

export function namespaces(): readonly ManifestObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: trustNamespace } },
    controlPlaneNamespace(documentedObjects),
  ];
}

/** What the guide has cert-manager write Secrets in the control plane's namespace by. */
export function certManagerAccess(): readonly ManifestObject[] {
  return accessObjects(documentedObjects);
}

/** The self-signed Issuer of the trust anchor, and the anchor. */
export function trustAnchor(options: TrustPkiOptions): readonly ManifestObject[] {
  return trustAnchorObjects(documentedObjects, settingsOf(options));
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
      'cert-manager.io/issuer-name': documentedSettings.trustRootIssuer,
      'cert-manager.io/issuer-kind': 'Issuer',
      'cert-manager.io/issuer-group': 'cert-manager.io',
    },
  };
  const data = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': certificate };
  return [{ apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', data }];
}

/** The ClusterIssuer that signs with the trust anchor, and the identity issuer. */
export function identityIssuer(options: TrustPkiOptions): readonly ManifestObject[] {
  return identityIssuerObjects(documentedObjects, settingsOf(options));
}

export function bundle(): ManifestObject {
  return bundleObject(documentedObjects, documentedSettings);
}

export const bundleTarget: ManifestObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: documentedObjects.bundle, namespace: linkerdNamespace },
};

/** `kubectl create configmap … --from-literal=ca-bundle.crt=…` */
export function bundleByHand(anchorPem: string): ManifestObject {
  return { ...bundleTarget, data: { [documentedObjects.bundleKey]: anchorPem } };
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

function settingsOf(options: TrustPkiOptions): PkiSettings {
  const guide = guideSettings(trustDomainOf(options));
  return {
    ...guide,
    anchorCommonName: options.anchorCommonName ?? guide.anchorCommonName,
    anchorDuration: options.anchorDuration ?? guide.anchorDuration,
    anchorRenewBefore: options.anchorRenewBefore ?? guide.anchorRenewBefore,
    anchorRotationPolicy: options.anchorRotationPolicy ?? guide.anchorRotationPolicy,
    issuerDuration: options.issuerDuration ?? guide.issuerDuration,
    issuerRenewBefore: options.issuerRenewBefore ?? guide.issuerRenewBefore,
  };
}

function trustDomainOf({ trustDomain = 'cluster.local' }: TrustPkiOptions): string {
  return trustDomain;
}
