import { isDeepStrictEqual } from 'node:util';
import { KubeError } from '../kube-error.ts';
import type { KubeObject } from '../objects.ts';
import {
  describePath,
  otherOwners,
  ownableFields,
  ownedFields,
  withoutField,
} from './managed-fields.ts';
import type { FieldOwner } from './managed-fields.ts';
import { strategicMerge } from './patches.ts';
import { parseObject } from './parse-object.ts';

/**
 * The live object after a server-side apply: what is applied wins, what this manager applied before and now
 * leaves out goes (unless someone else owns it too), the rest stays.
 * Throws 409 Conflict where another manager owns a field with another value, unless forced.
 */
export function mergeApplied(
  live: KubeObject,
  applied: KubeObject,
  owner: FieldOwner & { force: boolean },
): KubeObject {
  const entries = live.metadata.managedFields;
  const merged = parseObject(strategicMerge(live, applied));
  const liveFields = ownableFields(live);
  const mergedFields = ownableFields(merged);
  const wanted = new Set(ownableFields(applied).keys());

  const conflicts = [...wanted].flatMap((path) => {
    if (isDeepStrictEqual(liveFields.get(path), mergedFields.get(path))) return [];
    return otherOwners(entries, owner, path).map((other) => `"${other}": ${describePath(path)}`);
  });
  if (conflicts.length > 0 && !owner.force) {
    const message = `Apply failed with ${conflicts.length} conflict(s): conflicts with ${conflicts.join(', ')}`;
    throw new KubeError(409, 'Conflict', { message });
  }

  const dropped = [...ownedFields(entries, owner)].filter(
    (path) => !wanted.has(path) && otherOwners(entries, owner, path).length === 0,
  );
  return dropped.reduce(withoutField, merged);
}
