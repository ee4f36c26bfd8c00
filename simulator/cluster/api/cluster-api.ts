import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { KubeError, alreadyExists, badRequest, conflict, notFound } from '../kube-error.ts';
import type { KubeObject, ObjectDraft } from '../objects.ts';
import { NAMESPACES, apiVersionOf } from '../resources.ts';
import type { Resource } from '../resources.ts';
import type { ObjectKey, Store } from '../store.ts';
import { randomSuffix, timestamp } from '../names.ts';
import { withDefaults, validate } from './defaults.ts';
import { removeObject } from './removal.ts';
import type { RemoveOptions } from './removal.ts';
import { trackFields } from './managed-fields.ts';
import { omit } from './maps.ts';
import { parseDraft, parseObject } from './parse-object.ts';
import { jsonPatch, mergePatch, strategicMerge } from './patches.ts';
import type { PatchType } from './patches.ts';
import { mergeApplied } from './server-side-apply.ts';

/** How a write is made and on whose account. */
export interface WriteOptions {
  /** Field manager. */
  manager: string;
  dryRun?: boolean | undefined;
  subresource?: 'status' | undefined;
}

interface ApplyOptions extends WriteOptions {
  force?: boolean;
}

/** Called before a Pod is stored; returns the pod as mutated. Throws to refuse it. */
export type Admission = (pod: KubeObject, options: WriteOptions) => Promise<KubeObject>;

function keyOf(object: KubeObject): ObjectKey {
  return { namespace: object.metadata.namespace, name: object.metadata.name };
}

/** Everything but metadata and status: what `metadata.generation` counts changes of. */
function desired(object: KubeObject): Record<string, unknown> {
  return omit(object, 'metadata', 'status');
}

function hasGeneration(resource: Resource): boolean {
  return resource.kind === 'Pod' || !['', 'coordination.k8s.io'].includes(resource.group);
}

/**
 * What the API server does between a request and the store: defaults, validation, optimistic locking, status
 * subresource, generation, managed fields, admission. The HTTP handlers and the simulated controllers share it,
 * so a controller's write is seen exactly as a client's would be. Each method throws KubeError when refused.
 */
export class ClusterApi {
  readonly store: Store;
  /** Set once the admission webhooks can be called. */
  admission: Admission = (pod) => Promise.resolve(pod);
  /** Drops what a resource's schema does not know, as the API server does silently. */
  prune: (resource: Resource, object: KubeObject) => KubeObject = (_resource, object) => object;

  constructor(store: Store) {
    this.store = store;
  }

  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): T {
    const object = this.store.get(resource, key);
    if (object === undefined) throw notFound(resource, key.name);
    return object;
  }

  async create<T extends KubeObject>(
    resource: Resource<T>,
    draft: ObjectDraft,
    options: WriteOptions,
  ): Promise<T> {
    const fresh = this.prepareNew(resource, draft);
    const admitted = resource.kind === 'Pod' ? await this.admission(fresh, options) : fresh;
    return this.insert(resource, admitted, { ...options, operation: 'Update' });
  }

  /** Replaces an object (PUT): its resourceVersion, if given, is the optimistic lock. */
  update<T extends KubeObject>(resource: Resource<T>, next: KubeObject, options: WriteOptions): T {
    const live = this.get(resource, keyOf(next));
    return this.commit(resource, { live, next, options: { ...options, operation: 'Update' } });
  }

  /** Edits a copy of the live object in place and writes it; no conflict is possible. */
  modify<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options: WriteOptions & { edit: (object: T) => void },
  ): T {
    const next = structuredClone(this.get(resource, key));
    options.edit(next);
    return this.update(resource, next, options);
  }

  patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options: WriteOptions & { type: Exclude<PatchType, 'apply'>; body: unknown },
  ): T {
    const live = this.get(resource, key);
    const patchers = { json: jsonPatch, merge: mergePatch, strategic: strategicMerge };
    if (options.type === 'strategic' && !resource.builtIn) {
      const message = 'strategic merge patch is not supported for custom resources';
      throw new KubeError(415, 'UnsupportedMediaType', { message });
    }
    const next = parseObject(patchers[options.type](live, options.body));
    return this.commit(resource, { live, next, options: { ...options, operation: 'Update' } });
  }

  /** Server-side apply; creates the object when it is missing. */
  async apply<T extends KubeObject>(
    resource: Resource<T>,
    draft: ObjectDraft,
    options: ApplyOptions,
  ): Promise<T> {
    const { namespace, name = '' } = draft.metadata;
    const live = this.store.get(resource, { namespace, name });
    const owner = { ...options, operation: 'Apply' as const, force: options.force ?? false };
    if (live === undefined) {
      if (options.subresource !== undefined) throw notFound(resource, name);
      const fresh = this.prepareNew(resource, draft);
      const admitted = resource.kind === 'Pod' ? await this.admission(fresh, options) : fresh;
      const created = this.insert(resource, admitted, {
        ...owner,
        applied: this.identify(resource, draft),
      });
      return created;
    }
    const given = this.identify(resource, draft);
    // A Secret's stringData is owned as the data it becomes.
    const whole = given['stringData'] === undefined ? given : withDefaults(resource, given, false);
    const applied = options.subresource === undefined ? whole : onlyStatus(whole);
    const next = mergeApplied(live, applied, owner);
    return this.commit(resource, { live, next, options: { ...owner, applied } });
  }

  /** Deletes an object as the API server would; returns it as it was last seen. */
  remove<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    options: RemoveOptions = {},
  ): T {
    return removeObject(this.store, { resource, live: this.get(resource, key), options });
  }

  private identify(resource: Resource, draft: ObjectDraft): KubeObject {
    const { name = '' } = draft.metadata;
    // Sound: the server's own members of metadata are set by insert() and commit().
    const metadata = { ...draft.metadata, name } as KubeObject['metadata'];
    return { ...draft, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
  }

  private prepareNew(resource: Resource, given: ObjectDraft): KubeObject {
    const draft = structuredClone(given);
    const { namespace, generateName } = draft.metadata;
    const name = draft.metadata.name ?? (generateName ? generateName + randomSuffix() : undefined);
    if (name === undefined) throw badRequest('name or generateName is required');
    if (draft.metadata.resourceVersion)
      throw badRequest('resourceVersion should not be set on objects to be created');
    if (resource.namespaced) this.requireNamespace(namespace);
    const object = this.identify(resource, { ...draft, metadata: { ...draft.metadata, name } });
    delete object.metadata.managedFields;
    delete object.metadata.deletionTimestamp;
    const complete = this.prune(resource, withDefaults(resource, object, true));
    validate(resource, complete);
    if (this.store.get(resource, keyOf(complete))) throw alreadyExists(resource, name);
    return complete;
  }

  private requireNamespace(name: string | undefined): void {
    if (name === undefined)
      throw badRequest('an object of a namespaced resource needs metadata.namespace');
    const namespace = this.store.get(NAMESPACES, { name });
    if (namespace === undefined) throw notFound(NAMESPACES, name);
    if (namespace.metadata.deletionTimestamp === undefined) return;
    const message = `unable to create new content in namespace ${name} because it is being terminated`;
    throw new KubeError(403, 'Forbidden', { message });
  }

  private insert<T extends KubeObject>(
    resource: Resource<T>,
    object: KubeObject,
    options: CommitOptions,
  ): T {
    // Admission took time: someone else may have created it meanwhile.
    if (this.store.get(resource, keyOf(object)))
      throw alreadyExists(resource, object.metadata.name);
    const metadata = {
      ...object.metadata,
      uid: randomUUID(),
      creationTimestamp: timestamp(),
      resourceVersion: '',
      ...(hasGeneration(resource) ? { generation: 1 } : {}),
    };
    const managedFields = trackFields(undefined, object, options);
    return this.finish(resource, { ...object, metadata: { ...metadata, managedFields } }, options);
  }

  private commit<T extends KubeObject>(resource: Resource<T>, change: Change<T>): T {
    const { live, options } = change;
    const next = this.prune(resource, restoreServerFields(resource, change));
    validate(resource, next, live);
    const bump = hasGeneration(resource) && !isDeepStrictEqual(desired(live), desired(next));
    if (bump) next.metadata.generation = (live.metadata.generation ?? 0) + 1;
    next.metadata.managedFields = trackFields(live, next, options);
    // As in Kubernetes, a write that changes nothing is not a write: no revision, no event.
    if (isDeepStrictEqual(JSON.parse(JSON.stringify(next)), live)) return live;
    const done = next.metadata.deletionTimestamp !== undefined && !next.metadata.finalizers?.length;
    const stored = this.finish(resource, next, options);
    if (done && resource.kind !== 'Pod' && !options.dryRun)
      this.store.remove(resource, keyOf(next));
    return stored;
  }

  private finish<T extends KubeObject>(
    resource: Resource<T>,
    object: KubeObject,
    options: WriteOptions,
  ): T {
    // A JSON round trip drops undefined members, which a store that compares deeply must not keep.
    const clean = parseDraft(JSON.parse(JSON.stringify(object)));
    // Sound: put() returns what it was given, an object of this resource.
    return (options.dryRun ? clean : this.store.put(resource, clean as KubeObject)) as T;
  }
}

type CommitOptions = WriteOptions & { operation: 'Apply' | 'Update'; applied?: KubeObject };

interface Change<T extends KubeObject> {
  live: T;
  next: KubeObject;
  options: CommitOptions;
}

function onlyStatus(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata, status } = object;
  return { apiVersion, kind, metadata, status };
}

/** Checks the optimistic lock and puts back what this kind of write may not change. */
function restoreServerFields<T extends KubeObject>(
  resource: Resource,
  change: Change<T>,
): KubeObject {
  const { live, next, options } = change;
  const { name } = live.metadata;
  const { uid, resourceVersion } = next.metadata;
  if (uid && uid !== live.metadata.uid)
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`,
    );
  if (resourceVersion && resourceVersion !== live.metadata.resourceVersion)
    throw conflict(
      resource,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  if (options.subresource === 'status')
    return { ...structuredClone<KubeObject>(live), status: next['status'] };
  const { creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation } =
    live.metadata;
  const server = { creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation };
  const metadata = {
    ...next.metadata,
    ...server,
    name,
    namespace: live.metadata.namespace,
    uid: live.metadata.uid,
    resourceVersion: live.metadata.resourceVersion,
  };
  // Sound: the members set to undefined are optional, and JSON drops them before the object is stored.
  const object = { ...next, metadata } as KubeObject;
  if (resource.hasStatus) object['status'] = live['status'];
  return withDefaults(resource, object, false);
}
