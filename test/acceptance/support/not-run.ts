/** What is not run must be seen: nobody may take it for passed. */
export function sayNotRun(why: string): void {
  process.stdout.write(`NOT RUN: ${why}\n`);
}

/** Skips a scenario, and says why. */
export function notRun(scenario: Mocha.Context, why: string): never {
  sayNotRun(why);
  return scenario.skip();
}
