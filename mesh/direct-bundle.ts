import { z } from 'zod';
import type { Laggard } from '../domain/convergence.ts';
import type { MeshObjects } from '../domain/objects.ts';
import type { BundleKeeper, BundleState } from './bundle-keeper.ts';
import type { BundleTarget, FieldWriter } from './bundle-target.ts';
import { ownTargetRef, readOwnTarget } from './bundle-target.ts';
import { writeBundle } from './bundle-text.ts';
import { bundleRef } from './distributed-bundle.ts';
import { isConflict } from './kubernetes/errors.ts';
import type { Kube } from './kubernetes/kube.ts';
import { apiVersion, describeObject, resources } from './kubernetes/resources.ts';
import { splitPem } from './x509.ts';

/** Owns the data key of the ConfigMap, and nothing else anywhere: whoever writes it too is told apart. */
export const bundleManager = 'linkerd-trust-bundle';

/** Makes the ConfigMap the rotation's, with the anchors that it holds. */
const takeOverCommand = 'linkerd-trust bundle --bundle-ownership direct --apply';

/** Another hand owns the ConfigMap of the bundle; nothing was written. */
export class BundleOwnedError extends Error {
  override readonly name = 'BundleOwnedError';

  constructor(objects: MeshObjects, { what, reason, remedy }: Laggard) {
    const tried = describeObject(ownTargetRef(objects));
    super(
      `Could not write ${tried}: ${what} ${reason}; nothing was written. Next step: ${remedy}.`,
    );
  }
}

/**
 * For a mesh without trust-manager: the rotation writes the one ConfigMap that the control plane reads,
 * by server-side apply and never by force, so that it cannot write over another hand unseen.
 */
export const directBundle: BundleKeeper = {
  read: readDirect,
  obstacles: ({ bundle: state }, objects) => otherOwners(state, objects),
  whenMissing: (_state, { trustNamespace, trustAnchor }) => ({
    happened: 'it does not exist, so nothing in the mesh knows an anchor',
    nextStep: `make it from Secret ${trustNamespace}/${trustAnchor} with "${takeOverCommand}"`,
  }),
  remedy: (objects) =>
    `find who writes ${describeObject(ownTargetRef(objects))}; "${takeOverCommand}" gives it back to the rotation`,
  write: writeDirect,
  requireWritable,
};

/**
 * Writes exactly these anchors; makes the ConfigMap where there is none.
 * @throws BundleOwnedError where another field manager owns the text; KubernetesError
 */
export async function writeDirect(
  kube: Kube,
  objects: MeshObjects,
  pems: readonly string[],
): Promise<void> {
  try {
    await apply(kube, objects, { pem: await writeBundle(pems) });
  } catch (error) {
    if (!isConflict(error)) throw error;
    await requireWritable(kube, objects);
    // Whoever it was has let go of it since.
    throw error;
  }
}

/** @throws BundleOwnedError where a write would be refused, or would be written over */
async function requireWritable(kube: Kube, objects: MeshObjects): Promise<void> {
  const [obstacle] = otherOwners(await readDirect(kube, objects), objects);
  if (obstacle !== undefined) throw new BundleOwnedError(objects, obstacle);
}

/**
 * Makes the rotation the only owner of the ConfigMap, whose anchors stay what they are.
 * @returns `missing` where there is none, `ours` where there was nothing to do
 * @throws BundleOwnedError where trust-manager holds it, and would take it back, or it holds no anchor
 */
export async function takeOverBundle(
  kube: Kube,
  objects: MeshObjects,
): Promise<'missing' | 'ours' | 'taken-over'> {
  const state = await readDirect(kube, objects);
  const [held] = heldByTrustManager(state, objects);
  if (held !== undefined) throw new BundleOwnedError(objects, held);
  const [target] = state.targets;
  if (target === undefined) return 'missing';
  if (target.certificates.length === 0) throw new BundleOwnedError(objects, holdsNothing(objects));
  const pem = await writeBundle(splitPem(target.pem));
  if (target.pem === pem && ownedElsewhere(target, objects).length === 0) return 'ours';
  // A field that is applied as it is gets one owner more. Only a change takes it from the others, so the
  // text goes by way of one with another line end, which every reader takes. The version keeps either
  // write from undoing what somebody writes meanwhile.
  const { resourceVersion } = target;
  const between = await apply(kube, objects, { pem: `${pem}\n`, over: resourceVersion });
  await apply(kube, objects, { pem, over: between });
  return 'taken-over';
}

async function readDirect(kube: Kube, objects: MeshObjects): Promise<BundleState> {
  const [target, bundle] = await Promise.all([
    readOwnTarget(kube, objects),
    kube.get(bundleRef(objects), z.object({})),
  ]);
  return {
    ...(bundle === undefined ? {} : { bundle: { synced: false, detail: 'not looked at' } }),
    targets: target === undefined ? [] : [target],
    missingIn: target === undefined ? [objects.linkerdNamespace] : [],
  };
}

/**
 * Server-side apply. With `over` it takes the text from its other owners, if the object has this version
 * still. Answers with the version that it has then.
 */
async function apply(
  kube: Kube,
  objects: MeshObjects,
  { pem, over }: { readonly pem: string; readonly over?: string | undefined },
): Promise<string | undefined> {
  const ref = ownTargetRef(objects);
  const { namespace, name } = ref;
  const body = {
    apiVersion: apiVersion(resources.configMaps),
    kind: resources.configMaps.kind,
    metadata: { namespace, name, ...(over === undefined ? {} : { resourceVersion: over }) },
    data: { [objects.bundleKey]: pem },
  };
  const options = { fieldManager: bundleManager, force: over !== undefined };
  const { metadata } = await kube.patch(ref, body, 'apply', options);
  return metadata.resourceVersion;
}

function otherOwners(state: BundleState, objects: MeshObjects): readonly Laggard[] {
  const held = heldByTrustManager(state, objects);
  const [target] = state.targets;
  // What trust-manager owns goes by its name, whichever fields it has.
  if (held.length > 0 || target === undefined) return held;
  return ownedElsewhere(target, objects);
}

/** A Bundle writes the ConfigMap at the next change of its sources; one that goes takes it along. */
function heldByTrustManager(state: BundleState, objects: MeshObjects): readonly Laggard[] {
  const target = describeObject(ownTargetRef(objects));
  const isHeld =
    state.bundle !== undefined || state.targets.some(({ isDistributed }) => isDistributed);
  if (!isHeld) return [];
  return [
    {
      what: `trust-manager's ${describeObject(bundleRef(objects))}`,
      reason: `holds ${target}, which ownership direct leaves to the rotation`,
      remedy: `leave the bundle to trust-manager (--bundle-ownership trust-manager); or stop trust-manager, run "kubectl delete bundle ${objects.bundle} --cascade=orphan", which keeps the ConfigMap, then "${takeOverCommand}"`,
    },
  ];
}

function holdsNothing({ linkerdNamespace, bundle }: MeshObjects): Laggard {
  return {
    what: `ConfigMap ${linkerdNamespace}/${bundle}`,
    reason: 'holds no certificate that could be kept',
    remedy: `delete it, then make it anew with "${takeOverCommand}"`,
  };
}

function ownedElsewhere({ writers }: BundleTarget, objects: MeshObjects): readonly Laggard[] {
  const others = writers.filter((writer) => !isOurs(writer)).map(({ manager }) => `"${manager}"`);
  if (others.length === 0 && writers.length > 0) return [];
  const key = `data.${objects.bundleKey}`;
  return [
    {
      what: `ConfigMap ${objects.linkerdNamespace}/${objects.bundle}`,
      reason:
        others.length === 0
          ? `does not say who owns ${key}`
          : `has ${key} owned by field manager ${others.join(', ')}`,
      remedy: `keep that from writing it, then take it over with "${takeOverCommand}"`,
    },
  ];
}

function isOurs({ manager, operation }: FieldWriter): boolean {
  return manager === bundleManager && operation === 'Apply';
}
