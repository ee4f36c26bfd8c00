import type { PkiObject } from '../domain/pki-objects.ts';
import type { Kube } from './kubernetes/kube.ts';
import { rawObject } from './kubernetes/kube.ts';
import type { ObjectRef, ResourceType } from './kubernetes/resources.ts';
import { apiVersion, describeObject, resources } from './kubernetes/resources.ts';

/** @throws Error for a kind that this product does not know */
export function refOf({ apiVersion: version, kind, metadata }: PkiObject): ObjectRef {
  const known: readonly ResourceType[] = Object.values(resources);
  const type = known.find((one) => one.kind === kind && apiVersion(one) === version);
  if (type === undefined) throw new Error(`Kind ${kind} of ${version} is not known.`);
  const { name, namespace } = metadata;
  return { type, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** Server-side apply; a field that another manager owns with another value is not taken over. */
export async function applyObject(kube: Kube, object: PkiObject): Promise<void> {
  await kube.patch(refOf(object), object, 'apply');
}

/**
 * Whether an object of this name is there with other values in the fields that would be applied; what
 * it has beside them does not count.
 *
 * @returns its description, or `undefined` when nothing stands against it
 */
export async function conflictWith(kube: Kube, object: PkiObject): Promise<string | undefined> {
  const ref = refOf(object);
  const existing = await kube.get(ref, rawObject);
  if (existing === undefined) return undefined;
  const { metadata: _, ...wanted } = object;
  return contains(existing, wanted) ? undefined : describeObject(ref);
}

/** Whether `actual` has everything that `wanted` has; lists are compared as wholes. */
function contains(actual: unknown, wanted: unknown): boolean {
  const wantedFields = rawObject.safeParse(wanted);
  if (Array.isArray(wanted) || !wantedFields.success) {
    return JSON.stringify(actual) === JSON.stringify(wanted);
  }
  const actualFields = rawObject.safeParse(actual);
  if (!actualFields.success) return false;
  return Object.entries(wantedFields.data).every(([name, value]) =>
    contains(actualFields.data[name], value),
  );
}
