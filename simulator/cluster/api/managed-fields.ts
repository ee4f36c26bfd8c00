import { isDeepStrictEqual } from 'node:util';
import { timestamp } from '../names.ts';
import type { FieldSet, KubeObject, ManagedFieldsEntry } from '../objects.ts';
import { isMap } from './maps.ts';

/** Who writes: one entry of managedFields is kept for each manager, operation and subresource. */
export interface FieldOwner {
  manager: string;
  operation: 'Apply' | 'Update';
  subresource?: 'status' | undefined;
}

type Path = string;
const SEPARATOR = '\u0000';
const UNTRACKED = new Set(['apiVersion', 'kind', 'metadata']);

function isDefined(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/**
 * The values a manager can own. Granularity is coarser than Kubernetes': one level below a top-level field
 * (`data.<key>`, `spec.<field>`), two below metadata (`metadata.labels.<key>`).
 */
export function ownableFields(object: KubeObject): Map<Path, unknown> {
  const fields = new Map<Path, unknown>();
  function add(prefix: Path[], value: unknown): void {
    if (!isMap(value)) {
      if (isDefined(value)) fields.set(prefix.join(SEPARATOR), value);
      return;
    }
    for (const [key, item] of Object.entries(value))
      if (isDefined(item)) fields.set([...prefix, key].join(SEPARATOR), item);
  }
  add(['metadata', 'labels'], object.metadata.labels ?? {});
  add(['metadata', 'annotations'], object.metadata.annotations ?? {});
  add(['metadata', 'ownerReferences'], object.metadata.ownerReferences);
  for (const [name, value] of Object.entries(object)) if (!UNTRACKED.has(name)) add([name], value);
  return fields;
}

function toFieldSet(paths: Iterable<Path>): FieldSet {
  const root: FieldSet = {};
  for (const path of paths) {
    let node = root;
    for (const part of path.split(SEPARATOR)) node = node[`f:${part}`] ??= {};
  }
  return root;
}

function toPaths(set: FieldSet, prefix: string[] = []): Path[] {
  return Object.entries(set).flatMap(([key, inner]) => {
    const path = [...prefix, key.slice(2)];
    return Object.keys(inner).length === 0 ? [path.join(SEPARATOR)] : toPaths(inner, path);
  });
}

function isSame(entry: ManagedFieldsEntry, owner: FieldOwner): boolean {
  return (
    entry.manager === owner.manager &&
    entry.operation === owner.operation &&
    entry.subresource === owner.subresource
  );
}

/** Fields an earlier apply of this owner set. */
export function ownedFields(
  entries: ManagedFieldsEntry[] | undefined,
  owner: FieldOwner,
): Set<Path> {
  const entry = entries?.find((candidate) => isSame(candidate, owner));
  return new Set(entry === undefined ? [] : toPaths(entry.fieldsV1));
}

/** Managers other than `owner` that own a field. */
export function otherOwners(
  entries: ManagedFieldsEntry[] | undefined,
  owner: FieldOwner,
  path: Path,
): string[] {
  const others = (entries ?? []).filter((entry) => !isSame(entry, owner));
  return others.filter((e) => toPaths(e.fieldsV1).includes(path)).map((e) => e.manager);
}

export function describePath(path: Path): string {
  return `.${path.split(SEPARATOR).join('.')}`;
}

/** A copy of the object without the field at `path`. */
export function withoutField(object: KubeObject, path: Path): KubeObject {
  const copy = structuredClone(object);
  const parts = path.split(SEPARATOR);
  const last = parts.pop() ?? '';
  let node: unknown = copy;
  for (const part of parts) node = isMap(node) ? node[part] : undefined;
  if (isMap(node)) Reflect.deleteProperty(node, last);
  return copy;
}

function changedPaths(before: Map<Path, unknown>, after: Map<Path, unknown>): Set<Path> {
  const paths = [...after.keys()];
  return new Set(paths.filter((path) => !isDeepStrictEqual(before.get(path), after.get(path))));
}

/**
 * managedFields after a write: an Update owns what it changed, an Apply owns what it applied, and what was
 * changed leaves its other owners. `applied` is given for an Apply only.
 */
export function trackFields(
  before: KubeObject | undefined,
  after: KubeObject,
  owner: FieldOwner & { applied?: KubeObject | undefined },
): ManagedFieldsEntry[] {
  const entries = before?.metadata.managedFields ?? [];
  const now = ownableFields(after);
  const changed = changedPaths(before ? ownableFields(before) : new Map<Path, unknown>(), now);
  const mine = owner.applied
    ? new Set(ownableFields(owner.applied).keys())
    : new Set([...ownedFields(entries, owner), ...changed]);
  const own: ManagedFieldsEntry = {
    manager: owner.manager,
    operation: owner.operation,
    apiVersion: after.apiVersion,
    time: timestamp(),
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldSet([...mine].filter((path) => now.has(path))),
    ...(owner.subresource === undefined ? {} : { subresource: owner.subresource }),
  };
  const previous = entries.find((entry) => isSame(entry, owner));
  const unchanged = changed.size === 0 && isDeepStrictEqual(previous?.fieldsV1, own.fieldsV1);
  const entry = unchanged && previous ? previous : own;
  const shrink = (other: ManagedFieldsEntry): ManagedFieldsEntry => {
    const paths = toPaths(other.fieldsV1).filter((path) => now.has(path) && !changed.has(path));
    return { ...other, fieldsV1: toFieldSet(paths) };
  };
  // Each entry keeps its place: a write that changes nothing must leave the object as it is.
  const all = previous === undefined ? [...entries, entry] : entries;
  return all
    .map((other) => (isSame(other, owner) ? entry : shrink(other)))
    .filter((candidate) => Object.keys(candidate.fieldsV1).length > 0);
}
