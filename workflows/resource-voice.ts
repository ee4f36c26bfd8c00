import type { PersonMessage, ResourceVersion } from './messages.ts';

/** What was heard of the resource. The operators of several workers speak for it, and some are behind. */
export class ResourceVoice {
  #last: ResourceVersion | undefined;

  constructor(last: ResourceVersion | undefined) {
    this.#last = last;
  }

  get last(): ResourceVersion | undefined {
    return this.#last;
  }

  /** Whether this is no older than what was heard before; what people say themselves always counts. */
  isCurrent({ resource }: PersonMessage): boolean {
    if (resource === undefined) return true;
    const last = this.#last;
    if (last?.uid === resource.uid && resource.generation < last.generation) return false;
    this.#last = resource;
    return true;
  }
}
