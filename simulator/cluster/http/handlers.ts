import { parse } from 'yaml';
import { z } from 'zod';
import type { ClusterApi, WriteOptions } from '../api/cluster-api.ts';
import { parseDraft, parseObject } from '../api/parse-object.ts';
import type { PatchType } from '../api/patches.ts';
import type { RemoveOptions } from '../api/removal.ts';
import { KubeError, badRequest } from '../kube-error.ts';
import type { KubeObject, ObjectDraft } from '../objects.ts';
import { apiVersionOf, qualifiedName } from '../resources.ts';
import type { ObjectKey } from '../store.ts';
import type { RequestTarget } from './request-target.ts';

/** One write as it came in. */
interface WriteRequest {
  method: string;
  target: RequestTarget;
  query: URLSearchParams;
  contentType: string;
  /** First word of the User-Agent: the field manager when the client names none. */
  agent: string;
  body: string;
}

export interface Answer {
  code: number;
  body: object;
}

function decode(request: WriteRequest): unknown {
  try {
    return request.contentType.includes('yaml') ? parse(request.body) : JSON.parse(request.body);
  } catch (cause) {
    throw new KubeError(400, 'BadRequest', { message: 'the body could not be decoded', cause });
  }
}

function optionsOf({ query, target, agent }: WriteRequest): WriteOptions {
  return {
    manager: query.get('fieldManager') ?? agent,
    dryRun: query.getAll('dryRun').includes('All'),
    subresource: target.subresource,
  };
}

function keyOf({ target }: WriteRequest): ObjectKey {
  if (target.name === undefined)
    throw new KubeError(405, 'MethodNotAllowed', { message: 'the method needs a named object' });
  return { namespace: target.namespace, name: target.name };
}

/** The body as an object of the addressed resource and place. Throws BadRequest when it says otherwise. */
function bodyFor(request: WriteRequest): ObjectDraft {
  const { resource, namespace, name } = request.target;
  const draft = parseDraft(decode(request));
  const { apiVersion = apiVersionOf(resource), kind = resource.kind, metadata } = draft;
  if (apiVersion !== apiVersionOf(resource) || kind !== resource.kind)
    throw badRequest(
      `the object is ${String(apiVersion)} ${String(kind)}, not ${qualifiedName(resource)}`,
    );
  if (metadata.namespace !== undefined && metadata.namespace !== namespace)
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  if (name !== undefined && metadata.name !== undefined && metadata.name !== name)
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  const place = {
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
  return { ...draft, apiVersion, kind, metadata: { ...metadata, ...place } };
}

async function handleCreate(api: ClusterApi, request: WriteRequest): Promise<Answer> {
  const { resource, name } = request.target;
  if (name !== undefined)
    throw new KubeError(405, 'MethodNotAllowed', { message: 'create addresses a collection' });
  return { code: 201, body: await api.create(resource, bodyFor(request), optionsOf(request)) };
}

function handleUpdate(api: ClusterApi, request: WriteRequest): Answer {
  keyOf(request);
  const next: KubeObject = parseObject(bodyFor(request));
  return { code: 200, body: api.update(request.target.resource, next, optionsOf(request)) };
}

const PATCH_TYPES: Record<string, PatchType> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

async function handlePatch(api: ClusterApi, request: WriteRequest): Promise<Answer> {
  const { resource } = request.target;
  const type = PATCH_TYPES[request.contentType.split(';')[0]?.trim() ?? ''];
  if (type === undefined) {
    const message = `the body of the request was in an unknown format: ${request.contentType}`;
    throw new KubeError(415, 'UnsupportedMediaType', { message });
  }
  const key = keyOf(request);
  const options = optionsOf(request);
  if (type !== 'apply') {
    return {
      code: 200,
      body: api.patch(resource, key, { ...options, type, body: decode(request) }),
    };
  }
  const manager = request.query.get('fieldManager');
  if (!manager) throw badRequest('PatchOptions.fieldManager is required for apply patch');
  const isNew = api.store.get(resource, key) === undefined;
  const force = request.query.get('force') === 'true';
  const body = await api.apply(resource, bodyFor(request), { ...options, manager, force });
  return { code: isNew ? 201 : 200, body };
}

const deleteSchema = z.object({
  gracePeriodSeconds: z.number().nullish(),
  preconditions: z
    .object({ uid: z.string().nullish(), resourceVersion: z.string().nullish() })
    .nullish(),
  dryRun: z.array(z.string()).nullish(),
});

/** DeleteOptions from the body, or from the query where the body leaves them out. */
function deleteOptionsOf(request: WriteRequest): RemoveOptions {
  const { query } = request;
  const parsed = deleteSchema.safeParse(request.body === '' ? {} : decode(request));
  if (!parsed.success)
    throw badRequest(`the DeleteOptions could not be decoded: ${parsed.error.message}`);
  const { gracePeriodSeconds, preconditions, dryRun } = parsed.data;
  const grace = gracePeriodSeconds ?? query.get('gracePeriodSeconds');
  return {
    gracePeriodSeconds: grace === null ? undefined : Number(grace),
    preconditions: {
      uid: preconditions?.uid ?? undefined,
      resourceVersion: preconditions?.resourceVersion ?? undefined,
    },
    dryRun: [...(dryRun ?? []), ...query.getAll('dryRun')].includes('All'),
  };
}

function handleDelete(api: ClusterApi, request: WriteRequest): Answer {
  const { resource } = request.target;
  const removed = api.remove(resource, keyOf(request), deleteOptionsOf(request));
  // Kubernetes answers with the object where it may live on, and for pods always.
  if (removed.metadata.deletionTimestamp !== undefined || resource.kind === 'Pod')
    return { code: 200, body: removed };
  const { name, uid } = removed.metadata;
  const details = { name, uid, kind: resource.plural, group: resource.group };
  return {
    code: 200,
    body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details },
  };
}

/** Carries out POST, PUT, PATCH and DELETE. Throws KubeError when refused. */
export async function handleWrite(api: ClusterApi, request: WriteRequest): Promise<Answer> {
  switch (request.method) {
    case 'POST':
      return handleCreate(api, request);
    case 'PUT':
      return handleUpdate(api, request);
    case 'PATCH':
      return handlePatch(api, request);
    case 'DELETE':
      return handleDelete(api, request);
    default:
      throw new KubeError(405, 'MethodNotAllowed', {
        message: `${request.method} is not supported`,
      });
  }
}
