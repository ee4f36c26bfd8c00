import type { ResourceTelling } from '../activities/dependencies.ts';
import { tellRotation } from '../activities/status.ts';
import { statusAfter } from '../domain/resource/ended-status.ts';
import type { ResourceStatus } from '../domain/resource/resource-status.ts';
import { emptyStatus } from '../domain/resource/resource-status.ts';
import type { Clock } from '../mesh/observation/clock.ts';
import type { RotationResource } from '../mesh/resource/rotation-resource.ts';
import type { StatusPublisher } from '../mesh/resource/status-publisher.ts';
import { keepStatus } from './kept-status.ts';
import type { RotationEngine } from './operator/engine.ts';

/** Between two looks at Temporal, where no resource tells how its rotation stands. */
const lookEveryMs = 15_000;

/**
 * How rotations stand, for the metrics of a worker: as the resource has it, and where there is none, or
 * nobody follows it, as the rotations of this worker tell it. These may move to another worker without a
 * word: Temporal is then looked at now and again, so that nothing stays of a rotation that has gone.
 */
export class RotationsInSight {
  readonly #told: (status: ResourceStatus) => void;
  readonly #kept: StatusPublisher;
  #status: ResourceStatus = emptyStatus;
  #hasResource = false;

  constructor(told: (status: ResourceStatus) => void) {
    this.#told = told;
    this.#kept = keepStatus((status) => {
      this.#status = status;
      if (!this.#hasResource) told(status);
    });
  }

  /** For a worker that tells no resource. */
  get telling(): ResourceTelling {
    return { publisher: this.#kept, pageOf: () => undefined };
  }

  /** What is told to a resource, which may not exist, is seen here as well. */
  beside({ publisher, pageOf }: ResourceTelling): ResourceTelling {
    return {
      pageOf,
      publisher: {
        publish: (kind, change, events) => {
          this.#kept.publish(kind, change);
          publisher.publish(kind, change, events);
        },
        write: (change) => publisher.write(change),
        wake: () => publisher.wake(),
        close: () => publisher.close(),
      },
    };
  }

  /** The resource as it is now; `undefined` while it does not exist. */
  follow(resource: RotationResource | undefined): void {
    this.#hasResource = resource !== undefined;
    this.#told(resource?.status ?? this.#status);
  }

  /** Looks at Temporal as long as there is no resource, until the signal is aborted. */
  async watch(engine: RotationEngine, clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#hasResource) await this.#look(engine, clock);
      await clock.sleep(lookEveryMs, signal).catch(() => undefined);
    }
  }

  async #look(engine: RotationEngine, clock: Clock): Promise<void> {
    const look = await engine.look();
    switch (look.kind) {
      case 'running':
        if (look.sight !== undefined) tellRotation({ clock, resource: this.telling }, look.sight);
        return;
      case 'ended':
        await this.#kept.write(() => statusAfter(look.past));
        return;
      case 'none':
        await this.#kept.write(() => emptyStatus);
        return;
      case 'unreachable':
        // Nothing is known to be otherwise than it was told.
        return;
    }
  }
}
