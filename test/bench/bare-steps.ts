import { documentedObjects as objects } from '../../domain/objects.ts';
import { copyAnchorPair, readAnchor } from '../../mesh/anchors.ts';
import { ensureBridge, removeBridge } from '../../mesh/bridge.ts';
import { readBundle } from '../../mesh/bundle.ts';
import { markBeforeRenewal, renewCertificate } from '../../mesh/certificate-renewal.ts';
import { certificateRef } from '../../mesh/certificates.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import type { ObjectRef } from '../../mesh/kubernetes/resources.ts';
import { pointSigner } from '../../mesh/signer.ts';
import type { WaitOptions } from '../../mesh/wait.ts';
import { waitFor } from '../../mesh/wait.ts';

/**
 * The actions of a rotation by method bridge with nothing around them: no survey, no gate, no probe, no
 * workflow. Each waits only for those who do it: cert-manager and trust-manager.
 */

const { trustNamespace, linkerdNamespace } = objects;
const stepTimeoutMs = 60_000;

/** A stays the signer, B appears in the bundle, A signs B's key, and the issuer stands behind that. */
export async function switchToBridge(kube: Kube): Promise<void> {
  const a = await readAnchor(kube, { namespace: trustNamespace, name: objects.trustAnchor });
  if (a === undefined)
    throw new Error(`Secret ${trustNamespace}/${objects.trustAnchor} is missing`);
  const { trustAnchor: from, previousAnchor: to } = objects;
  await copyAnchorPair(kube, { namespace: trustNamespace, from, to });
  await signWith(kube, objects.previousAnchor);
  await renew(kube, certificateRef(trustNamespace, objects.trustAnchor));
  await bundleOf(kube, 2);
  await ensureBridge(kube, objects, { ...patience(), a });
  await signWith(kube, objects.bridge);
  await renewIssuer(kube);
}

/** The bundle holds B alone. */
export async function retireOldAnchor(kube: Kube): Promise<void> {
  const { trustAnchor: from, previousAnchor: to } = objects;
  await copyAnchorPair(kube, { namespace: trustNamespace, from, to });
  await bundleOf(kube, 1);
}

/** The issuer stands under B alone, as the guide has it. */
export async function releaseBridge(kube: Kube): Promise<void> {
  await signWith(kube, objects.trustAnchor);
  await renewIssuer(kube);
  await removeBridge(kube, objects, undefined);
}

async function signWith(kube: Kube, secretName: string): Promise<void> {
  await pointSigner(kube, { clusterIssuer: objects.clusterIssuer, secretName }, patience());
}

function renewIssuer(kube: Kube): Promise<void> {
  return renew(kube, certificateRef(linkerdNamespace, objects.identityIssuer));
}

async function renew(kube: Kube, ref: ObjectRef): Promise<void> {
  const since = await markBeforeRenewal(kube, ref);
  await renewCertificate(kube, ref, { ...patience(), since, token: 'bench' });
}

async function bundleOf(kube: Kube, anchors: number): Promise<void> {
  await waitFor(`a bundle of ${String(anchors)}`, patience(), async () => {
    const { targets } = await readBundle(kube, objects);
    const held = targets.find(({ namespace }) => namespace === linkerdNamespace)?.fingerprints;
    return held?.length === anchors
      ? { done: true, value: undefined }
      : { done: false, progress: `it holds ${String(held?.length)}` };
  });
}

function patience(): WaitOptions {
  return { deadlineMs: Date.now() + stepTimeoutMs };
}
