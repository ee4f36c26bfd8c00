import { fieldManager } from '../kubernetes/create-kube.ts';
import type { ManagedFields, RotationResource } from './rotation-resource.ts';

/** Who has written a field last, by the name that the client gave itself: `kubectl-patch`, `argocd`. */
export function ownerOf(
  { managedFields }: RotationResource,
  path: readonly string[],
): string | undefined {
  return managedFields.find(({ fieldsV1 }) => holds(fieldsV1, path))?.manager;
}

/** The last write to the status of each writer beside the product, for as long as a value of it stands. */
export function foreignStatusWrites({ managedFields }: RotationResource): readonly string[] {
  return managedFields
    .filter((entry) => entry.manager !== fieldManager && writesStatus(entry))
    .map(({ manager, time = '' }) => `${manager} ${time}`.trim());
}

function writesStatus({ subresource, fieldsV1 }: ManagedFields): boolean {
  return subresource === 'status' || holds(fieldsV1, ['status']);
}

/** `fieldsV1` names a field `f:<name>`; a set without members is the field itself. */
function holds(fields: unknown, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true;
  if (typeof fields !== 'object' || fields === null) return false;
  const inner: unknown = Reflect.get(fields, `f:${first}`);
  return inner !== undefined && holds(inner, rest);
}
