import { noCertificateBesideOwner } from '../domain/imports.ts';
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
import { rootOf } from './anchor-root.ts';
import { copyAnchorPair, readAnchor } from './anchors.ts';
import { applyObject, conflictWith, refOf } from './apply-object.ts';
import { awaitCertificate } from './initial-bundle.ts';
import { canDisableRenewal } from './cert-manager.ts';
import { certificateRef } from './certificates.ts';
import type { Kube } from './kubernetes/kube.ts';
import { rawObject } from './kubernetes/kube.ts';
import { describeObject } from './kubernetes/resources.ts';
import { readTlsSecret, secretRef } from './tls-secret.ts';
import type { WaitOptions } from './wait.ts';

/** What is in the cluster stands against the set-up; nothing was changed. */
export class PkiRefusedError extends Error {
  override readonly name = 'PkiRefusedError';

  constructor(happened: string, nextStep: string) {
    super(`Could not install the trust set-up: ${happened}. Next step: ${nextStep}.`);
  }
}

/**
 * Installs steps 1 to 5 of Linkerd's guide: applies the objects, waits for the Certificates, and copies
 * the anchor for the Bundle. What is there already and the same is left as it is. An imported anchor must be
 * there.
 * @returns what was done, one line each
 * @throws PkiRefusedError, TlsSecretError before anything is changed; KubernetesError, DeadlineError
 */
export async function installPki(
  kube: Kube,
  { objects, settings: wanted }: { readonly objects: MeshObjects; readonly settings: PkiSettings },
  wait: WaitOptions,
): Promise<readonly string[]> {
  const { settings, notes } = await possibleSettings(kube, wanted);
  const isImported = settings.anchorSource === 'imported';
  if (isImported) await refuseUnfitAnchor(kube, objects, settings);
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
  if (!isImported) {
    await awaitCertificate(kube, { namespace: trustNamespace, name: trustAnchor }, wait);
  }
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
  const { anchorSource, anchorRenewal } = settings;
  const asksForMore = anchorSource === 'certManager' && anchorRenewal === 'Disabled';
  if (!asksForMore || (await canDisableRenewal(kube))) return { settings, notes: [] };
  const note = `this cert-manager cannot switch the anchor's renewal off: it renews it by itself ${settings.anchorRenewBefore} before its end`;
  return { settings: { ...settings, anchorRenewal: 'Automatic' }, notes: [note] };
}

/**
 * The identity issuer is made under the anchor in this Secret, and proxies hold what the Bundle takes of it: that
 * must be the same certificate, and must stay there.
 */
async function refuseUnfitAnchor(
  kube: Kube,
  objects: MeshObjects,
  { bundleSourceKey }: PkiSettings,
): Promise<void> {
  const { trustNamespace: namespace, trustAnchor: name } = objects;
  const ref = secretRef(namespace, name);
  const writer = certificateRef(namespace, name);
  const [secret, written] = await Promise.all([
    readTlsSecret(kube, ref),
    kube.get(writer, rawObject),
  ]);
  if (secret === undefined) {
    throw new PkiRefusedError(
      `${describeObject(ref)} does not exist, and an anchor that is imported is made by nothing here`,
      'put the anchor there, its pair as tls.crt and tls.key and itself as ca.crt, or let cert-manager be its source',
    );
  }
  const anchor = await rootOf(ref, secret);
  if (written !== undefined) {
    throw new PkiRefusedError(
      `${describeObject(writer)} would write over the anchor that its owner hands in`,
      noCertificateBesideOwner,
    );
  }
  const taken = bundleSourceKey === 'tls.crt' ? secret.certificate : secret.ca;
  if (writesBundle(objects) || taken?.fingerprint === anchor.certificate.fingerprint) return;
  throw new PkiRefusedError(
    `the Bundle would take ${bundleSourceKey} of ${describeObject(ref)}, which is ${taken === undefined ? 'not there' : `${taken.subject} and not the anchor ${anchor.certificate.subject}`}`,
    'put the anchor into ca.crt of that Secret, and let the Bundle take ca.crt',
  );
}

async function refuseConflicts(kube: Kube, all: readonly PkiObject[]): Promise<void> {
  const conflicts = await Promise.all(all.map((object) => conflictWith(kube, object)));
  const found = conflicts.filter((one) => one !== undefined);
  if (found.length === 0) return;
  throw new PkiRefusedError(
    `${found.join(', ')} ${found.length === 1 ? 'exists' : 'exist'} with other settings, and to change a Certificate may rotate it`,
    'give the settings that it has here as flags, or change it by hand; linkerd-trust check judges it',
  );
}

/** A copy that is there may be the anchor before, which a rotation needs. */
async function copyAnchorOnce(kube: Kube, objects: MeshObjects): Promise<boolean> {
  const { trustNamespace: namespace, trustAnchor: from, previousAnchor: to } = objects;
  if ((await readAnchor(kube, { namespace, name: to })) !== undefined) return false;
  return (await copyAnchorPair(kube, { namespace, from, to })).changed;
}
