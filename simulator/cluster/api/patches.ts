import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { KubeError, badRequest } from '../kube-error.ts';
import { isMap } from './maps.ts';
import type { JsonMap } from './maps.ts';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** RFC 7396: null removes a key, maps merge, everything else (lists too) replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result: JsonMap = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** Lists that Kubernetes merges by a key, by the name of their field; all others are replaced. */
const MERGE_KEYS: Record<string, string> = {
  conditions: 'type',
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  ownerReferences: 'uid',
  podIPs: 'ip',
  hostIPs: 'ip',
};

function mergeLists(target: unknown[], patch: unknown[], key: string): unknown[] {
  const isReplacement = patch.some((item) => isMap(item) && item['$patch'] === 'replace');
  const result = isReplacement ? [] : [...target];
  for (const item of patch) {
    if (isMap(item) && item['$patch'] === 'replace') continue;
    if (!isMap(item)) throw badRequest(`expected objects with "${key}" in a merged list`);
    const index = result.findIndex((other) => isMap(other) && other[key] === item[key]);
    if (item['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) result[index] = strategicMerge(result[index], item);
    else result.push(strategicMerge({}, item));
  }
  return result;
}

/** Merge patch in which the lists of {@link MERGE_KEYS} merge by their key; also how an applied object joins the live one. */
export function strategicMerge(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result: JsonMap = isMap(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    const current = result[field];
    const mergeKey = MERGE_KEYS[field];
    if (value === null) Reflect.deleteProperty(result, field);
    else if (mergeKey !== undefined && Array.isArray(value))
      result[field] = mergeLists(Array.isArray(current) ? current : [], value, mergeKey);
    else result[field] = strategicMerge(current, value);
  }
  return result;
}

const jsonPatchSchema = z.array(
  z.object({
    op: z.enum(['add', 'remove', 'replace', 'test', 'move', 'copy']),
    path: z.string(),
    from: z.string().optional(),
    value: z.unknown().optional(),
  }),
);
type Operation = z.infer<typeof jsonPatchSchema>[number];

function unprocessable(message: string): KubeError {
  return new KubeError(422, 'Invalid', { message });
}

function segments(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function child(parent: unknown, key: string): unknown {
  if (Array.isArray(parent)) return parent[Number(key)];
  return isMap(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
}

function read(document: unknown, pointer: string): unknown {
  return segments(pointer).reduce(child, document);
}

function write(
  parent: unknown,
  key: string,
  edit: { op: 'add' | 'remove' | 'replace'; value?: unknown },
): void {
  if (!Array.isArray(parent) && !isMap(parent))
    throw unprocessable(`path to "${key}" does not exist`);
  if (edit.op !== 'add' && child(parent, key) === undefined)
    throw unprocessable(`path to "${key}" does not exist`);
  if (Array.isArray(parent)) {
    const index = key === '-' ? parent.length : Number(key);
    const values = edit.op === 'remove' ? [] : [edit.value];
    parent.splice(index, edit.op === 'add' ? 0 : 1, ...values);
  } else if (edit.op === 'remove') Reflect.deleteProperty(parent, key);
  else parent[key] = edit.value;
}

function applyOperation(document: unknown, operation: Operation): void {
  const path = segments(operation.path);
  const key = path.pop() ?? '';
  const parent = path.reduce(child, document);
  const source = read(document, operation.from ?? '');
  switch (operation.op) {
    case 'test':
      if (isDeepStrictEqual(read(document, operation.path), operation.value)) return;
      throw unprocessable(`testing value ${operation.path} failed`);
    case 'move':
    case 'copy':
      if (operation.op === 'move')
        applyOperation(document, { op: 'remove', path: operation.from ?? '' });
      write(parent, key, { op: 'add', value: structuredClone(source) });
      return;
    case 'add':
    case 'remove':
    case 'replace':
      write(parent, key, { op: operation.op, value: operation.value });
  }
}

/** RFC 6902 on a copy of the document. Throws BadRequest for a malformed patch, 422 for one that does not fit. */
export function jsonPatch(document: unknown, patch: unknown): unknown {
  const parsed = jsonPatchSchema.safeParse(patch);
  if (!parsed.success) throw badRequest(`error decoding JSON patch: ${parsed.error.message}`);
  const copy: unknown = structuredClone(document);
  for (const operation of parsed.data) applyOperation(copy, operation);
  return copy;
}
