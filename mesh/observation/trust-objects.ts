import type { Anchor, RotationAnchors } from '../../domain/anchors.ts';
import type { MeshObjects } from '../../domain/objects.ts';
import type { BundleObservation, SignerSource, TrustObjects } from '../../domain/survey.ts';
import type { Knowledge, VerifiesUnder } from '../../domain/trust.ts';
import type { AnchorFacts } from '../anchors.ts';
import { readAnchor } from '../anchors.ts';
import { readBridge } from '../bridge.ts';
import { explainHazard } from '../bundle-text.ts';
import type { BundleState } from '../bundle-keeper.ts';
import type { BundleTarget } from '../bundle-target.ts';
import { bundleKeeper, readBundle } from '../bundle.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { readSigner } from '../signer.ts';
import type { TlsSecretFacts } from '../tls-secret.ts';
import { readTlsSecret, secretRef } from '../tls-secret.ts';
import { ObservationError } from './errors.ts';
import { heldOf } from './identity.ts';
import { acceptingAnchors } from './issuer-judge.ts';

/**
 * The objects that a rotation steers, as they stand in the cluster.
 * @throws ObservationError when one of them is missing; SignerError, TlsSecretError.
 */
export async function readTrustObjects(
  kube: Kube,
  objects: MeshObjects,
  question: { readonly anchors: RotationAnchors; readonly atMs: number },
): Promise<TrustObjects> {
  const [trustAnchor, previousAnchor, bridge, signer, bundle, issuer] = await Promise.all([
    requireTrustAnchor(kube, objects),
    readAnchor(kube, { namespace: objects.trustNamespace, name: objects.previousAnchor }),
    readBridge(kube, objects),
    readSigner(kube, objects.clusterIssuer),
    readBundle(kube, objects),
    requireIssuer(kube, objects),
  ]);
  const { secretName } = signer;
  return {
    trustAnchor: trustAnchor.certificate,
    ...(previousAnchor === undefined ? {} : { previousAnchor: previousAnchor.certificate }),
    ...(bridge === undefined ? {} : { bridge: bridge.certificate }),
    signer: { source: sourceOf(secretName, objects), secretName: secretName ?? '(no Secret)' },
    bundle: observeBundle(bundle, objects, question),
    issuer: {
      certificate: issuer.certificate,
      chainLength: issuer.chain.length,
      under: issuerUnder(issuer.chainPem, question),
    },
  };
}

/** @throws ObservationError */
export async function requireTrustAnchor(kube: Kube, objects: MeshObjects): Promise<AnchorFacts> {
  const { trustNamespace: namespace, trustAnchor: name } = objects;
  const anchor = await readAnchor(kube, { namespace, name });
  if (anchor !== undefined) return anchor;
  throw new ObservationError(`Secret ${namespace}/${name}`, {
    happened: 'it does not exist, so there is no trust anchor to rotate',
    nextStep: `check Certificate ${namespace}/${name}, or give the names that the objects have here`,
  });
}

/** @throws ObservationError */
export async function requireIssuer(kube: Kube, objects: MeshObjects): Promise<TlsSecretFacts> {
  const { linkerdNamespace: namespace, identityIssuer: name } = objects;
  const issuer = await readTlsSecret(kube, secretRef(namespace, name));
  if (issuer !== undefined) return issuer;
  throw new ObservationError(`Secret ${namespace}/${name}`, {
    happened: 'it does not exist, so linkerd-identity has no issuer',
    nextStep: `check Certificate ${namespace}/${name}, or give the names that the objects have here`,
  });
}

/** The bundle that the control plane reads. @throws ObservationError */
export function requireOwnBundle(state: BundleState, objects: MeshObjects): BundleTarget {
  const { linkerdNamespace, bundle } = objects;
  const own = state.targets.find(({ namespace }) => namespace === linkerdNamespace);
  if (own !== undefined) return own;
  const story = bundleKeeper(objects).whenMissing(state, objects);
  throw new ObservationError(`ConfigMap ${linkerdNamespace}/${bundle}`, story);
}

/** Under which of A and B alone the leaves of this issuer file verify. */
function issuerUnder(
  chainPem: string,
  { anchors, atMs }: { readonly anchors: RotationAnchors; readonly atMs: number },
): VerifiesUnder {
  const { a, b } = anchors;
  const known = [a, ...(b === undefined ? [] : [b])];
  const accepted = acceptingAnchors(chainPem, known, { atMs });
  const under = (anchor: Anchor | undefined): Knowledge =>
    anchor !== undefined && accepted.includes(anchor.certificate.fingerprint) ? 'yes' : 'no';
  return { a: under(a), b: under(b) };
}

function observeBundle(
  state: BundleState,
  objects: MeshObjects,
  { anchors, atMs }: { readonly anchors: RotationAnchors; readonly atMs: number },
): BundleObservation {
  const own = requireOwnBundle(state, objects);
  const remedy = bundleKeeper(objects).remedy?.(objects);
  const differs = (target: BundleTarget): boolean =>
    target.fatal || target.fingerprints.join() !== own.fingerprints.join();
  const differing = state.targets
    .filter((target) => target !== own && differs(target))
    .map(({ namespace }) => namespace);
  return {
    held: heldOf(own.fingerprints, anchors),
    fingerprints: own.fingerprints,
    // An object that does not say counts as written just now: nothing has settled then.
    since: own.lastChanged ?? new Date(atMs).toISOString(),
    divergentTargets: [...differing, ...state.missingIn].toSorted(),
    ...(own.fatal ? { hazard: own.hazards.map(explainHazard).join('; ') } : {}),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function sourceOf(secretName: string | undefined, objects: MeshObjects): SignerSource {
  if (secretName === objects.trustAnchor) return 'trust-anchor';
  if (secretName === objects.previousAnchor) return 'previous-anchor';
  return secretName === objects.bridge ? 'bridge' : 'other';
}
