import Mocha from 'mocha';

/**
 * Mocha's own report, closed by one line that people and CI read alike:
 * `12 passed, 0 failed` with `, 3 skipped` after it when there are any.
 */
export default class TallyReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    // Registered after the parent's own listener for this event, so this is the last line.
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const skipped = pending > 0 ? `, ${pending} skipped` : '';
      process.stdout.write(`${passes} passed, ${failures} failed${skipped}\n`);
    });
  }
}
