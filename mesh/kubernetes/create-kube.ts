import type { Duplex } from 'node:stream';
import type { z } from 'zod';
import { isAllowed } from './access-review.ts';
import { NotFoundError } from './errors.ts';
import { followObject } from './follow-object.ts';
import type {
  ClockReading,
  DeleteOptions,
  Kube,
  PatchFormat,
  PatchOptions,
  RawObject,
  WrittenObject,
} from './kube.ts';
import { rawObject, writtenObject } from './kube.ts';
import { listObjects } from './list-objects.ts';
import type { Operation } from './operation.ts';
import { parseAnswer } from './parse-answer.ts';
import type { PodPort } from './port-forward.ts';
import type { ObjectRef } from './resources.ts';
import { apiVersion, collectionPath, objectPath } from './resources.ts';
import type { Transport } from './transport.ts';

/** Names our writes in `managedFields`; other writers are told apart by it. */
export const fieldManager = 'linkerd-trust-rotation';

const patchContentTypes: Record<PatchFormat, string> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export interface KubeParts {
  readonly transport: Transport;
  readonly portForward: (target: PodPort) => Promise<Duplex>;
}

export function createKube({ transport, portForward }: KubeParts): Kube {
  return {
    server: transport.server,
    get: (ref, schema) => getObject(transport, ref, schema),
    list: (type, schema, options) => listObjects(transport, type, { schema, ...options }),
    follow: (ref, schema, options) => followObject(transport, ref, { schema, ...options }),
    create: (ref, body, options) => createObject(transport, ref, { body, ...options }),
    replaceStatus: (ref, body) => replaceStatus(transport, ref, body),
    patch: (ref, body, format, options) =>
      patchObject(transport, ref, { body, format, ...options }),
    delete: (ref, options) => deleteObject(transport, ref, options),
    can: (right) => isAllowed(transport, right),
    serverTime: () => readServerTime(transport),
    portForward,
    close: () => transport.close(),
  };
}

async function getObject<T>(
  transport: Transport,
  ref: ObjectRef,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  const operation = operationOn('get', ref);
  try {
    const { body } = await transport.send({ operation, method: 'GET', path: objectPath(ref) });
    return parseAnswer(operation, body, schema);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function createObject(
  transport: Transport,
  ref: ObjectRef,
  options: { readonly body: RawObject; readonly dryRun?: boolean },
): Promise<WrittenObject> {
  const operation = operationOn('create', ref);
  const metadata = rawObject.catch({}).parse(options.body['metadata']);
  const object = {
    ...options.body,
    apiVersion: apiVersion(ref.type),
    kind: ref.type.kind,
    metadata: { ...metadata, name: ref.name, namespace: ref.namespace },
  };
  const { body } = await transport.send({
    operation,
    method: 'POST',
    path: collectionPath(ref.type, ref.namespace),
    query: { fieldManager, dryRun: options.dryRun === true ? 'All' : undefined },
    body: object,
  });
  return parseAnswer(operation, body, writtenObject);
}

async function replaceStatus(
  transport: Transport,
  ref: ObjectRef,
  object: RawObject,
): Promise<WrittenObject> {
  const operation = { ...operationOn('update', ref), subresource: 'status' };
  const { body } = await transport.send({
    operation,
    method: 'PUT',
    path: `${objectPath(ref)}/status`,
    query: { fieldManager },
    body: object,
  });
  return parseAnswer(operation, body, writtenObject);
}

async function patchObject(
  transport: Transport,
  ref: ObjectRef,
  options: PatchOptions & { readonly body: unknown; readonly format: PatchFormat },
): Promise<WrittenObject> {
  const { subresource } = options;
  const operation = { ...operationOn('patch', ref), subresource };
  const { body } = await transport.send({
    operation,
    method: 'PATCH',
    path: `${objectPath(ref)}${subresource === undefined ? '' : `/${subresource}`}`,
    query: {
      fieldManager: options.fieldManager ?? fieldManager,
      force: options.force === true ? 'true' : undefined,
    },
    body: options.body,
    contentType: patchContentTypes[options.format],
  });
  return parseAnswer(operation, body, writtenObject);
}

async function deleteObject(
  transport: Transport,
  ref: ObjectRef,
  options: DeleteOptions = {},
): Promise<boolean> {
  const preconditions = options.uid === undefined ? {} : { preconditions: { uid: options.uid } };
  try {
    await transport.send({
      operation: operationOn('delete', ref),
      method: 'DELETE',
      path: objectPath(ref),
      body: { propagationPolicy: 'Background', ...preconditions },
    });
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}

async function readServerTime(transport: Transport): Promise<ClockReading> {
  // Every authenticated user may read /version (system:public-info-viewer).
  const version = {
    group: '',
    version: 'v1',
    plural: 'version',
    kind: 'version',
    namespaced: false,
  };
  const path = '/version';
  const operation: Operation = { verb: 'get', type: version, path };
  const startedMs = Date.now();
  const { headers } = await transport.send({ operation, method: 'GET', path });
  const localMs = Math.round((startedMs + Date.now()) / 2);
  const date = Date.parse(headers['date'] ?? '');
  // Half a second: the header is the server's time with its milliseconds cut off.
  const serverMs = Number.isNaN(date) ? localMs : date + 500;
  return { serverMs, localMs, offsetMs: serverMs - localMs };
}

function operationOn(verb: Operation['verb'], ref: ObjectRef): Operation {
  return { verb, type: ref.type, namespace: ref.namespace, name: ref.name };
}
