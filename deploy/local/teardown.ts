/** Everything ends: what was about to be started next is not. */
export class TornDownError extends Error {
  override readonly name = 'TornDownError';

  constructor() {
    super('everything is being stopped');
  }
}

/** Stops what was started, last first, whatever happened in between. */
export class Teardown {
  readonly #steps: (() => Promise<void>)[] = [];
  #isOver = false;

  add(step: () => Promise<void>): void {
    this.#steps.unshift(step);
  }

  /**
   * Starts something that takes a while. What is still starting when everything ends is stopped as soon as
   * it is up, and whoever waits for it goes no further.
   *
   * @throws TornDownError
   */
  async start<T>(begin: () => Promise<T>, stop: (started: T) => Promise<void>): Promise<T> {
    this.refuseWhenOver();
    const starting = begin();
    // One that fails to start has stopped what there was of it.
    this.add(() => starting.then(stop, () => undefined));
    const started = await starting;
    this.refuseWhenOver();
    return started;
  }

  /** Before going on with what is being stopped. @throws TornDownError */
  refuseWhenOver(): void {
    if (this.#isOver) throw new TornDownError();
  }

  /** Every step is tried; the first error is thrown once all are through. */
  async run(): Promise<void> {
    this.#isOver = true;
    const errors: unknown[] = [];
    for (;;) {
      const step = this.#steps.shift();
      if (step === undefined) break;
      await step().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0];
  }
}
