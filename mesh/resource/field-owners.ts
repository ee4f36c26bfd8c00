import { fieldManager } from '../kubernetes/create-kube.ts';
import { isObject } from '../kubernetes/is-object.ts';
import type { ManagedFields, RotationResource } from './rotation-resource.ts';

/** Who has written a field last, by the name that the client gave itself: `kubectl-patch`, `argocd`. */
export function ownerOf(
  { managedFields }: RotationResource,
  path: readonly string[],
): string | undefined {
  return managedFields.find(({ fieldsV1 }) => holds(fieldsV1, path))?.manager;
}

/**
 * The last write to the status of each writer beside the product, for as long as a value of it stands,
 * with the values: the times of two writes in one second are the same.
 */
export function foreignStatusWrites({
  managedFields,
  status,
}: RotationResource): readonly string[] {
  return managedFields
    .filter((entry) => entry.manager !== fieldManager && writesStatus(entry))
    .map(({ manager, time = '', fieldsV1 }) => {
      const values = held(fieldsV1, { status });
      return `${manager} ${time} ${JSON.stringify(values)}`;
    });
}

function writesStatus({ subresource, fieldsV1 }: ManagedFields): boolean {
  return subresource === 'status' || holds(fieldsV1, ['status']);
}

/** `fieldsV1` names a field `f:<name>`; a set without members is the field itself. */
function holds(fields: unknown, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true;
  const inner = isObject(fields) ? fields[`f:${first}`] : undefined;
  return inner !== undefined && holds(inner, rest);
}

/** The part of a value that `fieldsV1` names, with `k:<keys as JSON>` for an item of a list. */
function held(fields: unknown, value: unknown): unknown {
  const members = isObject(fields) ? Object.entries(fields).filter(([name]) => name !== '.') : [];
  if (members.length === 0) return value;
  return members.map(([name, inner]) => held(inner, memberOf(value, name)));
}

function memberOf(value: unknown, name: string): unknown {
  const key = name.slice(2);
  if (name.startsWith('f:')) return isObject(value) ? value[key] : undefined;
  if (!name.startsWith('k:') || !Array.isArray(value)) return key;
  const keys: unknown = JSON.parse(key);
  return value.find((item) => isObject(item) && isObject(keys) && isMatch(item, keys));
}

function isMatch(item: Record<string, unknown>, keys: Record<string, unknown>): boolean {
  return Object.entries(keys).every(([name, value]) => item[name] === value);
}
