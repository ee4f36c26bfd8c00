export interface TimedStep {
  readonly name: string;
  readonly seconds: number;
}

/** How long each step of a run took, in the order in which they began. */
export class StepClock {
  readonly #steps: TimedStep[] = [];
  #running: { readonly name: string; readonly sinceMs: number } | undefined;

  begin(name: string): void {
    this.#close();
    this.#running = { name, sinceMs: performance.now() };
  }

  end(): readonly TimedStep[] {
    this.#close();
    return this.#steps;
  }

  #close(): void {
    if (this.#running === undefined) return;
    const { name, sinceMs } = this.#running;
    this.#steps.push({ name, seconds: (performance.now() - sinceMs) / 1_000 });
    this.#running = undefined;
  }
}
