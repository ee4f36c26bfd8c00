import type { Pausable } from '../cluster-options.ts';
import { KubeError } from '../kube-error.ts';
import type { Resource } from '../resources.ts';
import type { ObjectKey, Store, StoreEvent } from '../store.ts';

/** A resource whose changes concern a controller, and which of its keys they concern. */
export interface Source {
  resource: Resource;
  keys: (event: StoreEvent) => ObjectKey[];
}

interface ControllerOptions {
  name: string;
  store: Store;
  sources: Source[];
  /** Keys that any event of any resource concerns. */
  everyEvent?: Source['keys'];
  /** Brings one key closer to what is wanted. Resolves to the time after which to look again, if any. */
  reconcile: (key: ObjectKey) => Promise<number | undefined>;
  /** How long events of a key are gathered before it is reconciled. Default 0. */
  tickMs?: number;
  paused?: boolean;
}

export interface Controller extends Pausable {
  stop: () => void;
}

const FIRST_BACKOFF_MS = 20;
const LONGEST_BACKOFF_MS = 2_000;
/** setTimeout overflows at 2^31 ms; a longer wait is taken in pieces. */
const LONGEST_TIMER_MS = 2 ** 30;
/** Keys reconciled at once: a slow admission webhook for one workload must not hold up the others. */
const WORKERS = 8;

/** The key of the object itself: the source of a controller's own resource. */
export function ownKey({ object }: StoreEvent): ObjectKey[] {
  return [{ namespace: object.metadata.namespace, name: object.metadata.name }];
}

/** The key of the controller owner, when it is of this kind. */
export function ownerKey(kind: string): Source['keys'] {
  return ({ object }) => {
    const owners = (object.metadata.ownerReferences ?? []).filter(
      (o) => o.controller && o.kind === kind,
    );
    return owners.map(({ name }) => ({ namespace: object.metadata.namespace, name }));
  };
}

interface Item {
  key: ObjectKey;
  dueMs: number;
}

/** Keys waiting for their time: each once, never worked on twice at the same time. */
class WorkQueue {
  readonly waiting = new Map<string, Item>();
  readonly active = new Set<string>();

  add(id: string, item: Item): void {
    const known = this.waiting.get(id);
    if (known === undefined || known.dueMs > item.dueMs) this.waiting.set(id, item);
  }

  takeDue(nowMs: number): [string, Item][] {
    const free = [...this.waiting].filter(
      ([id, item]) => item.dueMs <= nowMs && !this.active.has(id),
    );
    const taken = free.slice(0, WORKERS - this.active.size);
    for (const [id] of taken) {
      this.waiting.delete(id);
      this.active.add(id);
    }
    return taken;
  }

  /** When to look again; undefined while nothing could be started anyway. */
  nextDueMs(): number | undefined {
    if (this.active.size >= WORKERS) return undefined;
    let next: number | undefined;
    for (const [id, { dueMs }] of this.waiting)
      if (!this.active.has(id) && (next === undefined || dueMs < next)) next = dueMs;
    return next;
  }
}

/** Works through the keys: events and timers fill the queue, failures come back with backoff. */
class ControlLoop {
  private readonly options: ControllerOptions;
  private readonly queue = new WorkQueue();
  private readonly failures = new Map<string, number>();
  private running: boolean;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ControllerOptions) {
    this.options = options;
    this.running = !options.paused;
  }

  setRunning(running: boolean): void {
    this.running = running;
    this.arm();
  }

  onEvent(event: StoreEvent, delayMs: number): void {
    const { resource } = event;
    const isOf = (source: Source) =>
      source.resource.plural === resource.plural && source.resource.group === resource.group;
    const keys = this.options.sources.filter(isOf).flatMap((source) => source.keys(event));
    for (const key of [...keys, ...(this.options.everyEvent?.(event) ?? [])])
      this.enqueue(key, delayMs);
  }

  private enqueue(key: ObjectKey, delayMs: number): void {
    this.queue.add(`${key.namespace ?? ''}/${key.name}`, { key, dueMs: Date.now() + delayMs });
    this.arm();
  }

  private arm(): void {
    clearTimeout(this.timer);
    const next = this.running ? this.queue.nextDueMs() : undefined;
    if (next === undefined) return;
    const waitMs = Math.min(Math.max(next - Date.now(), 0), LONGEST_TIMER_MS);
    this.timer = setTimeout(() => {
      // work() never rejects, and the loop must not wait for one key before it starts the next.
      for (const [id, { key }] of this.queue.takeDue(Date.now())) void this.work(id, key);
      this.arm();
    }, waitMs);
  }

  private async work(id: string, key: ObjectKey): Promise<void> {
    try {
      const againMs = await this.options.reconcile(key);
      this.failures.delete(id);
      if (againMs !== undefined) this.enqueue(key, againMs);
    } catch (error) {
      // A refusal by the API is part of normal life; anything else is a bug of the simulator and must be seen.
      if (!(error instanceof KubeError))
        process.emitWarning(`${this.options.name} failed on ${id}, will retry: ${String(error)}`);
      const count = this.failures.get(id) ?? 0;
      this.failures.set(id, count + 1);
      this.enqueue(key, Math.min(FIRST_BACKOFF_MS * 2 ** count, LONGEST_BACKOFF_MS));
    } finally {
      this.queue.active.delete(id);
      this.arm();
    }
  }
}

/** Runs a reconciler on every change of its sources, as a Kubernetes controller does. Existing objects count as added. */
export function startController(options: ControllerOptions): Controller {
  const { store, sources, tickMs = 0 } = options;
  const loop = new ControlLoop(options);
  for (const { resource } of sources)
    for (const object of store.list(resource)) {
      const resourceVersion = store.resourceVersion;
      loop.onEvent({ type: 'ADDED', resource, object, previous: undefined, resourceVersion }, 0);
    }
  const unsubscribe = store.subscribe((event) => loop.onEvent(event, tickMs));
  return {
    pause: () => loop.setRunning(false),
    resume: () => loop.setRunning(true),
    stop: () => {
      unsubscribe();
      loop.setRunning(false);
    },
  };
}
