import type { KubeObject } from './objects.ts';
import type { Resource } from './resources.ts';

export interface ObjectKey {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: Resource;
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
  readonly resourceVersion: number;
}

type StoreListener = (event: StoreEvent) => void;

/** Writes that stay watchable and keep list tokens alive; the stand-in for etcd's compaction. */
export const HISTORY_LIMIT = 10_000;

function idOf(key: ObjectKey): string {
  return `${key.namespace ?? ''}/${key.name}`;
}

function tableOf(resource: Resource): string {
  return `${resource.group}/${resource.plural}`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

/**
 * The cluster's state: every object by resource, one revision counter, the recent writes and their listeners.
 * Objects in it are frozen, so whoever reads one may keep it as a snapshot.
 */
export class Store {
  private readonly tables = new Map<string, Map<string, KubeObject>>();
  private readonly owned = new Map<string, Map<string, StoreEvent>>();
  private readonly listeners = new Set<StoreListener>();
  private history: StoreEvent[] = [];
  private revision = 1;

  /** The revision of the last write. */
  get resourceVersion(): number {
    return this.revision;
  }

  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey): T | undefined {
    // Sound as far as the simulator reads: the resource's type names only fields whose absence its readers bear.
    return this.tables.get(tableOf(resource))?.get(idOf(key)) as T | undefined;
  }

  /** Objects of a resource, in key order as etcd returns them. */
  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): T[] {
    const all = [...(this.tables.get(tableOf(resource))?.values() ?? [])];
    const chosen = all.filter(
      (object) => namespace === undefined || object.metadata.namespace === namespace,
    );
    // Sound for the same reason as in get().
    return chosen.sort(byKey) as T[];
  }

  /** Objects of a resource whose ownerReferences name this UID. */
  ownedBy<T extends KubeObject>(uid: string, resource: Resource<T>): T[] {
    const table = tableOf(resource);
    const entries = [...(this.owned.get(uid)?.values() ?? [])];
    // Sound for the same reason as in get().
    return entries.filter((e) => tableOf(e.resource) === table).map((e) => e.object as T);
  }

  /** Everything that names this UID as an owner, of any resource. */
  dependents(uid: string): StoreEvent[] {
    return [...(this.owned.get(uid)?.values() ?? [])];
  }

  /** Stores an object under the next revision and tells the listeners. */
  put(resource: Resource, object: KubeObject): KubeObject {
    const key = { namespace: object.metadata.namespace, name: object.metadata.name };
    const previous = this.get(resource, key);
    const stored = deepFreeze({
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(++this.revision) },
    });
    const table = this.tables.get(tableOf(resource)) ?? new Map<string, KubeObject>();
    this.tables.set(tableOf(resource), table.set(idOf(key), stored));
    this.record({ type: previous ? 'MODIFIED' : 'ADDED', resource, object: stored, previous });
    return stored;
  }

  remove(resource: Resource, key: ObjectKey): KubeObject | undefined {
    const previous = this.get(resource, key);
    if (previous === undefined) return undefined;
    const resourceVersion = String(++this.revision);
    const last = deepFreeze({ ...previous, metadata: { ...previous.metadata, resourceVersion } });
    this.tables.get(tableOf(resource))?.delete(idOf(key));
    this.record({ type: 'DELETED', resource, object: last, previous });
    return last;
  }

  /** Writes after a revision, oldest first; undefined when some of them are no longer remembered. */
  since(revision: number): StoreEvent[] | undefined {
    const first = this.history[0]?.resourceVersion ?? this.revision + 1;
    if (revision + 1 < first) return undefined;
    return this.history.slice(Math.max(0, revision + 1 - first));
  }

  /** Listeners run inside the write, so they must only take note of it. Returns the way to unsubscribe. */
  subscribe(listener: StoreListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private record(change: Omit<StoreEvent, 'resourceVersion'>): void {
    const event = { ...change, resourceVersion: this.revision };
    this.index(event);
    this.history.push(event);
    // Trimmed in blocks: shifting on each write would cost the whole length each time.
    if (this.history.length > HISTORY_LIMIT * 1.1)
      this.history = this.history.slice(-HISTORY_LIMIT);
    for (const listener of this.listeners) listener(event);
  }

  private index(event: StoreEvent): void {
    const id = event.object.metadata.uid;
    for (const owner of event.previous?.metadata.ownerReferences ?? []) {
      this.owned.get(owner.uid)?.delete(id);
      if (this.owned.get(owner.uid)?.size === 0) this.owned.delete(owner.uid);
    }
    if (event.type === 'DELETED') return;
    for (const owner of event.object.metadata.ownerReferences ?? []) {
      const entries = this.owned.get(owner.uid) ?? new Map<string, StoreEvent>();
      this.owned.set(owner.uid, entries.set(id, event));
    }
  }
}

function byKey(a: KubeObject, b: KubeObject): number {
  const left = `${a.metadata.namespace ?? ''}/${a.metadata.name}`;
  const right = `${b.metadata.namespace ?? ''}/${b.metadata.name}`;
  return left < right ? -1 : left > right ? 1 : 0;
}
