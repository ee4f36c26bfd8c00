import { z } from 'zod';
import type { MeshObjects } from '../domain/objects.ts';
import type { RenewOptions } from './certificate-renewal.ts';
import { renewCertificate } from './certificate-renewal.ts';
import { certificateRef, readCertificate } from './certificates.ts';
import { NotFoundError } from './kubernetes/errors.ts';
import type { Kube } from './kubernetes/kube.ts';
import { leaseRef } from './lease.ts';

/**
 * On the Lease of the cluster, as `<uid of the Certificate>/<revision>`: the last revision of the identity
 * issuer that a workflow of ours asked for. Afterwards nothing in cert-manager tells who did.
 */
const ownRenewal = 'trust.linkerd.io/own-issuer-renewal';

/** Renews the identity issuer for a workflow of ours, and notes before that it is no person's deed. */
export async function renewIssuerAsOurs(
  kube: Kube,
  objects: MeshObjects,
  options: RenewOptions,
): Promise<void> {
  const { uid, revision } = options.since;
  await note(kube, objects, markOf(uid, revision + 1));
  const { linkerdNamespace, identityIssuer } = objects;
  await renewCertificate(kube, certificateRef(linkerdNamespace, identityIssuer), options);
}

const annotated = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
});

/** Whether a workflow of ours has asked for the identity issuer that there is now. */
export async function isIssuerRenewedByUs(kube: Kube, objects: MeshObjects): Promise<boolean> {
  const lease = await kube.get(leaseRef(objects), annotated);
  const noted = lease?.metadata.annotations[ownRenewal];
  if (noted === undefined) return false;
  const { linkerdNamespace, identityIssuer } = objects;
  const { uid, revision } = await readCertificate(
    kube,
    certificateRef(linkerdNamespace, identityIssuer),
  );
  return noted === markOf(uid, revision);
}

function markOf(uid: string, revision: number): string {
  return `${uid}/${String(revision)}`;
}

async function note(kube: Kube, objects: MeshObjects, mark: string): Promise<void> {
  const ref = leaseRef(objects);
  const metadata = { annotations: { [ownRenewal]: mark } };
  try {
    await kube.patch(ref, { metadata }, 'merge');
  } catch (error) {
    // Somebody has deleted it, to let another engine in.
    if (!(error instanceof NotFoundError)) throw error;
    await kube.create(ref, { metadata, spec: {} });
  }
}
