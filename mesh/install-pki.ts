import type { MeshObjects } from '../domain/objects.ts';
import { writesBundle } from '../domain/objects.ts';
import type { PkiObject, PkiSettings } from '../domain/pki-objects.ts';
import {
  bundleObject,
  certManagerAccess,
  controlPlaneNamespace,
  identityIssuerObjects,
  pkiObjects,
  trustAnchorObjects,
} from '../domain/pki-objects.ts';
import { copyAnchorPair, readAnchor } from './anchors.ts';
import { applyObject, conflictWith, refOf } from './apply-object.ts';
import { awaitCertificate } from './initial-bundle.ts';
import { canDisableRenewal } from './cert-manager.ts';
import type { Kube } from './kubernetes/kube.ts';
import { describeObject } from './kubernetes/resources.ts';
import type { WaitOptions } from './wait.ts';

/** An object of the set-up is there already, and different: changing it could rotate something. */
export class PkiConflictError extends Error {
  override readonly name = 'PkiConflictError';
}

/**
 * Installs steps 1 to 5 of Linkerd's guide: applies the objects, waits for the Certificates, and copies
 * the anchor for the Bundle. What is there already and the same is left as it is.
 * @returns what was done, one line each
 * @throws PkiConflictError before anything is changed; KubernetesError, DeadlineError
 */
export async function installPki(
  kube: Kube,
  { objects, settings: wanted }: { readonly objects: MeshObjects; readonly settings: PkiSettings },
  wait: WaitOptions,
): Promise<readonly string[]> {
  const { settings, notes } = await possibleSettings(kube, wanted);
  await refuseConflicts(kube, pkiObjects(objects, settings));
  const { trustNamespace, linkerdNamespace, trustAnchor, identityIssuer } = objects;
  const done: string[] = [...notes];
  const apply = async (all: readonly PkiObject[]): Promise<void> => {
    for (const object of all) {
      await applyObject(kube, object);
      done.push(`applied ${describeObject(refOf(object))}`);
    }
  };
  await apply([controlPlaneNamespace(objects), ...certManagerAccess(objects)]);
  await apply(trustAnchorObjects(objects, settings));
  await awaitCertificate(kube, { namespace: trustNamespace, name: trustAnchor }, wait);
  await apply(identityIssuerObjects(objects, settings));
  await awaitCertificate(kube, { namespace: linkerdNamespace, name: identityIssuer }, wait);
  if (await copyAnchorOnce(kube, objects)) {
    done.push(`copied Secret ${trustNamespace}/${trustAnchor} to ${objects.previousAnchor}`);
  }
  if (!writesBundle(objects)) await apply([bundleObject(objects, settings)]);
  return done;
}

/** An older cert-manager would drop the field without a word, and every later look would find it missing. */
async function possibleSettings(
  kube: Kube,
  settings: PkiSettings,
): Promise<{ readonly settings: PkiSettings; readonly notes: readonly string[] }> {
  if (settings.anchorRenewal === 'Automatic' || (await canDisableRenewal(kube))) {
    return { settings, notes: [] };
  }
  const note = `this cert-manager cannot switch the anchor's renewal off: it renews it by itself ${settings.anchorRenewBefore} before its end`;
  return { settings: { ...settings, anchorRenewal: 'Automatic' }, notes: [note] };
}

async function refuseConflicts(kube: Kube, all: readonly PkiObject[]): Promise<void> {
  const conflicts = await Promise.all(all.map((object) => conflictWith(kube, object)));
  const found = conflicts.filter((one) => one !== undefined);
  if (found.length === 0) return;
  throw new PkiConflictError(
    `Could not install the trust set-up: ${found.join(', ')} ${found.length === 1 ? 'exists with other settings' : 'exist with other settings'}, and to change a Certificate may rotate it. Next step: give the settings that it has here as flags, or change it by hand; linkerd-trust check judges it.`,
  );
}

/** A copy that is there may be the anchor before, which a rotation needs. */
async function copyAnchorOnce(kube: Kube, objects: MeshObjects): Promise<boolean> {
  const { trustNamespace: namespace, trustAnchor: from, previousAnchor: to } = objects;
  if ((await readAnchor(kube, { namespace, name: to })) !== undefined) return false;
  return (await copyAnchorPair(kube, { namespace, from, to })).changed;
}
