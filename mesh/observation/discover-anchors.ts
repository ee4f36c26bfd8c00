import type { AnchorCandidate, AnchorCandidates } from '../../domain/anchors.ts';
import type { MeshObjects } from '../../domain/objects.ts';
import { readAnchor } from '../anchors.ts';
import { readBundle } from '../bundle.ts';
import { readInstalledComponents } from '../cert-manager.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { rootsIn } from '../roots.ts';
import { readTlsSecret, secretRef } from '../tls-secret.ts';
import { ObservationError } from './errors.ts';
import { acceptingAnchors } from './issuer-judge.ts';
import { listEnvironmentAnchors } from './proxies.ts';
import { requireIssuer, requireOwnBundle, requireTrustAnchor } from './trust-objects.ts';

/**
 * Every root that is in sight before a rotation knows its anchors: previous-anchor, what a bridge was
 * signed by, the bundle, the environments of live pods; in this order, each once.
 * @throws ObservationError when cert-manager, the anchor, the issuer or the bundle is missing.
 */
export async function discoverAnchors(kube: Kube, objects: MeshObjects): Promise<AnchorCandidates> {
  await requireCertManager(kube);
  return candidatesIn(kube, objects, () => listEnvironmentAnchors(kube, objects));
}

/** Like {@link discoverAnchors}, of the objects alone: what pods were started with is not asked for. */
export function discoverDocumentedAnchors(
  kube: Kube,
  objects: MeshObjects,
): Promise<AnchorCandidates> {
  return candidatesIn(kube, objects, () => Promise.resolve([]));
}

async function candidatesIn(
  kube: Kube,
  objects: MeshObjects,
  listEnvironments: () => Promise<readonly string[]>,
): Promise<AnchorCandidates> {
  const { trustNamespace: namespace } = objects;
  const [previous, bridge, state, issuer, environments] = await Promise.all([
    readAnchor(kube, { namespace, name: objects.previousAnchor }),
    readTlsSecret(kube, secretRef(namespace, objects.bridge)),
    readBundle(kube, objects),
    requireIssuer(kube, objects),
    listEnvironments(),
  ]);
  // Last: where it is renewed meanwhile, nothing that was read before can hold the new one, which would
  // be taken for the one that is replaced.
  const trustAnchor = await requireTrustAnchor(kube, objects);
  const inBundle = await rootsIn([requireOwnBundle(state, objects).pem]);
  const inPods = await rootsIn(environments);
  const rotated = await rootsIn([previous?.pem ?? '', bridge?.caPem ?? '']);
  const { certificate, pem } = trustAnchor;
  const roots = new Map([...rotated, ...inBundle, ...inPods]);
  roots.delete(certificate.fingerprint);
  const others = [...roots].map(([fingerprint, root]): AnchorCandidate => {
    const held = inPods.has(fingerprint) ? 'pods' : 'nobody';
    const heldBy = inBundle.has(fingerprint) ? 'bundle' : held;
    return { ...root, heldBy, isRotated: rotated.has(fingerprint) };
  });
  const all = [{ certificate, pem }, ...others];
  return {
    trustAnchor: { certificate, pem },
    others,
    // Dates do not matter to whose issuer it is: one that has expired was still signed by somebody.
    issuerVerifiesUnder: acceptingAnchors(issuer.chainPem, all),
  };
}

/** Without it the objects are missing too, and saying that of each would hide why. */
async function requireCertManager(kube: Kube): Promise<void> {
  const { certManager } = await readInstalledComponents(kube);
  if (certManager !== undefined) return;
  throw new ObservationError('cert-manager', {
    happened: 'its custom resource definitions are not in the cluster, so nothing renews an anchor',
    nextStep: "install it and set the mesh up as Linkerd's guide says",
  });
}
