import { AsyncResource } from 'node:async_hooks';
import { isDeepStrictEqual } from 'node:util';
import type { ResourceEvent } from '../../domain/resource/resource-events.ts';
import type { ResourceStatus } from '../../domain/resource/resource-status.ts';
import { isConflict, NotFoundError } from '../kubernetes/errors.ts';
import { redact } from '../kubernetes/redact.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { rawObject } from '../kubernetes/kube.ts';
import type { Clock } from '../observation/clock.ts';
import type { Log } from '../observation/log.ts';
import { recordEvent } from './resource-events.ts';
import type { RotationResource } from './rotation-resource.ts';
import { resourceRef } from './resource-ref.ts';
import { rotationResource } from './rotation-resource.ts';

/** Computes a status from the one that stands in the cluster. */
export type StatusChange = (resource: RotationResource) => ResourceStatus;

/** Newer changes of one kind replace older ones that have not been written yet. */
export type ChangeKind = 'rotation' | 'gate' | 'expiry';

/**
 * Writes the status of the resource and its Events, at most once a second, in the background:
 * whoever has something to tell hands it over and goes on. Without a resource nothing is written.
 */
export interface StatusPublisher {
  publish(kind: ChangeKind, change: StatusChange, events?: readonly ResourceEvent[]): void;
  /** Writes at once, and answers with what stands there then; `undefined` without a resource. */
  write(change: StatusChange): Promise<ResourceStatus | undefined>;
  /** The resource has come up: what was told last is worth telling again. */
  wake(): void;
  /** Ends when everything that was handed over has been tried. */
  close(): Promise<void>;
}

export interface PublisherParts {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
}

const writeEveryMs = 1_000;
/** Another worker writes as well; more than this many in a row is no coincidence. */
const maxAttempts = 5;
const longestPauseMs = 30_000;
/** Nobody looks for a resource that is not there more often. */
const absentPauseMs = 30_000;

export function createStatusPublisher(parts: PublisherParts): StatusPublisher {
  return new Publisher(parts);
}

class Publisher implements StatusPublisher {
  readonly #parts: PublisherParts;
  /** Where the publisher was made: whoever hands something over may be cancelled, its writes may not. */
  readonly #own = new AsyncResource('StatusPublisher');
  readonly #pending = new Map<ChangeKind, StatusChange>();
  readonly #events = new Map<string, ResourceEvent>();
  /** Keys of Events that have been recorded; a rotation has some dozens. */
  readonly #told = new Set<string>();
  #last: { readonly change: StatusChange; readonly events: readonly ResourceEvent[] } | undefined;
  #absentUntilMs = 0;
  #failures = 0;
  #running: Promise<void> | undefined;
  #closed = new AbortController();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  publish(kind: ChangeKind, change: StatusChange, events: readonly ResourceEvent[] = []): void {
    // A report of a gate is about the rotation as it was told before: the order is kept.
    this.#pending.delete(kind);
    if (kind === 'rotation') this.#pending.delete('gate');
    this.#pending.set(kind, change);
    if (kind === 'rotation') this.#last = { change, events };
    for (const event of events) if (!this.#told.has(event.key)) this.#events.set(event.key, event);
    this.#start();
  }

  wake(): void {
    this.#absentUntilMs = 0;
    if (this.#last === undefined || this.#pending.has('rotation')) return;
    this.publish('rotation', this.#last.change, this.#last.events);
  }

  async write(change: StatusChange): Promise<ResourceStatus | undefined> {
    const resource = await this.#apply(change);
    return resource?.status;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#running;
  }

  #start(): void {
    this.#running ??= this.#own.runInAsyncScope(() =>
      this.#work().finally(() => {
        this.#running = undefined;
      }),
    );
  }

  async #work(): Promise<void> {
    while (this.#pending.size > 0 || this.#events.size > 0) {
      await this.#once();
      if (this.#closed.signal.aborted) return;
      await this.#rest();
    }
  }

  async #rest(): Promise<void> {
    const pauseMs = Math.min(writeEveryMs * 2 ** this.#failures, longestPauseMs);
    // Closing cuts the pause short; what is still pending then gets its one try.
    await this.#parts.clock.sleep(pauseMs, this.#closed.signal).catch(() => undefined);
  }

  async #once(): Promise<void> {
    const { clock, log } = this.#parts;
    const changes = new Map(this.#pending);
    if (clock.nowMs() < this.#absentUntilMs) {
      this.#forget(changes);
      return;
    }
    try {
      const combined: StatusChange = (resource) =>
        [...changes.values()].reduce(
          (status, change) => change({ ...resource, status }),
          resource.status,
        );
      const resource = await this.#apply(combined);
      this.#forget(changes);
      if (resource === undefined) {
        this.#absentUntilMs = clock.nowMs() + absentPauseMs;
        return;
      }
      await this.#tell(resource);
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      const message = redact(error instanceof Error ? error.message : String(error));
      log.warn({ reason: message }, 'the status of the TrustAnchorRotation could not be written');
    }
  }

  /** What was replaced by something newer meanwhile stays. */
  #forget(changes: ReadonlyMap<ChangeKind, StatusChange>): void {
    for (const [kind, change] of changes) {
      if (this.#pending.get(kind) === change) this.#pending.delete(kind);
    }
    if (this.#absentUntilMs > this.#parts.clock.nowMs()) this.#events.clear();
  }

  async #tell(resource: RotationResource): Promise<void> {
    for (const [key, event] of this.#events) {
      await recordEvent(this.#parts.kube, resource, event);
      this.#events.delete(key);
      this.#told.add(key);
    }
  }

  /** Reads, computes, and writes what differs; somebody else's write in between begins it anew. */
  async #apply(change: StatusChange): Promise<RotationResource | undefined> {
    const { kube } = this.#parts;
    for (let attempt = 1; ; attempt += 1) {
      const object = await kube.get(resourceRef, rawObject);
      if (object === undefined) return undefined;
      const resource = rotationResource.parse(object);
      const status = change(resource);
      if (isDeepStrictEqual(plain(status), object['status'])) return resource;
      try {
        await kube.replaceStatus(resourceRef, { ...object, status });
        return { ...resource, status };
      } catch (error) {
        if (error instanceof NotFoundError) return undefined;
        if (!isConflict(error) || attempt === maxAttempts) throw error;
      }
    }
  }
}

/** As it comes back from the API server: without fields that are undefined. */
function plain(status: ResourceStatus): unknown {
  return JSON.parse(JSON.stringify(status));
}
