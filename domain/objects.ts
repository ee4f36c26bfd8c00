/**
 * Who writes the ConfigMap that Linkerd reads its anchors from: trust-manager, from a Bundle of the two
 * anchor Secrets, or the rotation itself.
 */
export type BundleOwnership = 'trustManager' | 'direct';

/**
 * Names of the objects that a rotation reads and writes, and whose the bundle is. Everything that
 * touches a cluster takes them from here, so an installation that differs is one record away.
 */
export interface MeshObjects {
  /** Namespace of cert-manager's cluster resources and of trust-manager's sources. */
  readonly trustNamespace: string;
  /** Namespace of Linkerd's control plane. */
  readonly linkerdNamespace: string;
  /** Certificate and Secret of the anchor, in the trust namespace. */
  readonly trustAnchor: string;
  /** Secret with the pair of the anchor before, in the trust namespace. */
  readonly previousAnchor: string;
  /** Certificate and Secret of linkerd-identity's issuer, in Linkerd's namespace. */
  readonly identityIssuer: string;
  /** ClusterIssuer that signs the identity issuer. */
  readonly clusterIssuer: string;
  /** Bundle, and the ConfigMap that trust-manager writes from it. */
  readonly bundle: string;
  readonly bundleKey: string;
  /** Label that trust-manager puts on the targets of a Bundle; its value is the Bundle's name. */
  readonly bundleTargetLabel: string;
  /** Left out: `trustManager`, as Linkerd's guide sets it up. */
  readonly bundleOwnership?: BundleOwnership;
  /** Secret with the cross-signed certificate and B's key, in the trust namespace, while a rotation needs it. */
  readonly bridge: string;
  /** Secret with the probe under A that is kept for the final proof, in the trust namespace. */
  readonly probe: string;
  /** Secret of the trust namespace in which the owner of an imported anchor hands its pair in. */
  readonly nextAnchor: string;
  /** ConfigMap of the trust namespace with the request for an imported bridge, and its answer. */
  readonly bridgeRequest: string;
  /** Lease in Linkerd's namespace that keeps a second engine out. */
  readonly lease: string;
}

/**
 * The names in Linkerd's own guide ("Automatically Rotating Control Plane TLS Credentials"), and the
 * names that this product gives to the objects it adds.
 */
export const documentedObjects: MeshObjects = {
  trustNamespace: 'cert-manager',
  linkerdNamespace: 'linkerd',
  trustAnchor: 'linkerd-trust-anchor',
  previousAnchor: 'linkerd-previous-anchor',
  identityIssuer: 'linkerd-identity-issuer',
  clusterIssuer: 'linkerd-identity-issuer',
  bundle: 'linkerd-identity-trust-roots',
  bundleKey: 'ca-bundle.crt',
  bundleTargetLabel: 'trust.cert-manager.io/bundle',
  bridge: 'linkerd-trust-bridge',
  probe: 'linkerd-trust-probe',
  nextAnchor: 'linkerd-next-anchor',
  bridgeRequest: 'linkerd-trust-bridge-request',
  lease: 'linkerd-trust-rotation',
};

/**
 * Whether a rotation writes the bundle. Otherwise it writes the bundle's sources and trust-manager
 * follows, so that every write to an anchor Secret is an edit of the bundle.
 */
export function writesBundle({ bundleOwnership }: Pick<MeshObjects, 'bundleOwnership'>): boolean {
  return bundleOwnership === 'direct';
}
