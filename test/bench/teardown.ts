/** Stops what was started, last first, whatever happened in between. */
export class Teardown {
  readonly #steps: (() => Promise<void>)[] = [];

  add(step: () => Promise<void>): void {
    this.#steps.unshift(step);
  }

  /** Every step is tried; the first error is thrown once all are through. */
  async run(): Promise<void> {
    const errors: unknown[] = [];
    for (;;) {
      const step = this.#steps.shift();
      if (step === undefined) break;
      await step().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0];
  }
}
