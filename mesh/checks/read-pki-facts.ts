import type {
  BundleFacts,
  CertificateSettings,
  PkiFacts,
  SecretFacts,
  SecretName,
} from '../../domain/checks/facts.ts';
import type { MeshObjects } from '../../domain/objects.ts';
import { writesBundle } from '../../domain/objects.ts';
import type { Sourced } from '../../domain/sources.ts';
import { importsAnchor } from '../../domain/sources.ts';
import type { AnchorFacts } from '../anchors.ts';
import { hasIntermediate, readAnchor } from '../anchors.ts';
import { signersInBundle } from '../bundle-sources.ts';
import { bundleKeeper, readBundle } from '../bundle.ts';
import type { CertificateState } from '../certificates.ts';
import { certificateRef, isIssuing, readCertificate } from '../certificates.ts';
import { explainCondition, isTrue } from '../conditions.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { requireGoDuration } from '../../domain/go-duration.ts';
import { defaultDuration } from '../observation/inventory.ts';
import { requireIssuer, requireTrustAnchor } from '../observation/trust-objects.ts';
import { readSigner } from '../signer.ts';
import { hasAppliedKey, secretRef } from '../tls-secret.ts';
import { find } from './find.ts';

export interface PkiQuestion extends Sourced {
  readonly objects: MeshObjects;
}

/** The objects of Linkerd's guide, each for itself. */
export async function readPkiFacts(kube: Kube, question: PkiQuestion): Promise<PkiFacts> {
  const { objects } = question;
  const { trustNamespace, linkerdNamespace } = objects;
  const settings = (namespace: string, name: string): Promise<CertificateSettings> =>
    readCertificate(kube, certificateRef(namespace, name)).then(settingsOf);
  const trustAnchor = requireTrustAnchor(kube, objects);
  const previous = readAnchor(kube, { namespace: trustNamespace, name: objects.previousAnchor });
  const [anchor, issuer, anchorSecret, issuerSecret, previousAnchor, appliedKeys, signer, bundle] =
    await Promise.all([
      find(() => settings(trustNamespace, objects.trustAnchor)),
      find(() => settings(linkerdNamespace, objects.identityIssuer)),
      find(() => trustAnchor.then(anchorFacts)),
      find(async () => secretFacts(await requireIssuer(kube, objects))),
      find(() => previous.then((found) => found && anchorFacts(found))),
      find(() => withAppliedKey(kube, secretsOfTrust(question))),
      find(() => readSigner(kube, objects.clusterIssuer)),
      find(() => readBundleFacts(kube, objects, [trustAnchor, previous])),
    ]);
  return {
    anchor,
    issuer,
    anchorSecret,
    issuerSecret,
    previousAnchor,
    appliedKeys,
    signer,
    bundle,
  };
}

function settingsOf(state: CertificateState): CertificateSettings {
  const { renewBefore, rotationPolicy, keyAlgorithm, keySize, renewalTime, issuerRef } = state;
  return {
    name: `${state.namespace}/${state.name}`,
    isCa: state.isCa,
    durationMs: requireGoDuration(state.duration ?? defaultDuration),
    renewalDisabled: state.renewal?.['policy'] === 'Disabled',
    // cert-manager's default for `spec.issuerRef.kind`.
    issuerKind: issuerRef.kind ?? 'Issuer',
    issuerName: issuerRef.name,
    ready: isTrue(state.ready),
    readyDetail: explainCondition(state.ready),
    issuing: isIssuing(state),
    ...(renewBefore === undefined ? {} : { renewBeforeMs: requireGoDuration(renewBefore) }),
    ...(rotationPolicy === undefined ? {} : { rotationPolicy }),
    ...(keyAlgorithm === undefined ? {} : { keyAlgorithm }),
    ...(keySize === undefined ? {} : { keySize }),
    ...(renewalTime === undefined ? {} : { renewalTime }),
  };
}

function anchorFacts(anchor: AnchorFacts): SecretFacts {
  return {
    ...secretFacts(anchor),
    ...(hasIntermediate(anchor) ? { intermediate: anchor.signer } : {}),
  };
}

/** Those that hold the key of a CA; one to hand anchors in is looked at where there may be one. */
function secretsOfTrust(question: PkiQuestion): readonly SecretName[] {
  const { objects } = question;
  const { trustNamespace, linkerdNamespace } = objects;
  const anchors = [objects.trustAnchor, objects.previousAnchor, objects.bridge];
  const handedIn = importsAnchor(question) ? [objects.nextAnchor] : [];
  return [
    ...[...anchors, ...handedIn].map((name) => ({ namespace: trustNamespace, name })),
    { namespace: linkerdNamespace, name: objects.identityIssuer },
  ];
}

async function withAppliedKey(
  kube: Kube,
  secrets: readonly SecretName[],
): Promise<readonly SecretName[]> {
  const found = await Promise.all(
    secrets.map(({ namespace, name }) => hasAppliedKey(kube, secretRef(namespace, name))),
  );
  return secrets.filter((_secret, index) => found[index] === true);
}

function secretFacts({
  certificate,
  chain,
  hasKey,
}: {
  readonly certificate: SecretFacts['certificate'];
  readonly chain: readonly unknown[];
  readonly hasKey: boolean;
}): SecretFacts {
  return { certificate, chainLength: chain.length, hasKey };
}

async function readBundleFacts(
  kube: Kube,
  objects: MeshObjects,
  anchors: readonly Promise<AnchorFacts | undefined>[],
): Promise<BundleFacts> {
  const state = await readBundle(kube, objects);
  if (writesBundle(objects)) {
    const otherOwners = bundleKeeper(objects).obstacles({ bundle: state }, objects);
    return { detail: 'written by rotations', otherOwners };
  }
  const { bundle } = state;
  if (bundle === undefined) return { detail: 'it does not exist' };
  // What cannot be read as an anchor is told where it is looked at for itself.
  const known = await Promise.all(anchors.map((anchor) => anchor.catch(() => undefined)));
  const unfitSources = signersInBundle(state, objects, known);
  return { synced: bundle.synced, detail: bundle.detail, unfitSources };
}
