import type { FailedStep, StepName } from '../../domain/resource/failed-step.ts';
import { withoutData } from '../../mesh/kubernetes/redact.ts';
import { messageOf } from '../../mesh/observation/errors.ts';

/** The steps of one pass: one that fails keeps no other from being tried, and is told of. */
export class Steps {
  readonly failed: FailedStep[] = [];

  /** What the step has given; `undefined` where it has failed. */
  async attempt<Result>(step: StepName, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      // The resource shows it, and the pass ends with it once the other steps are done.
      this.failed.push({ step, error: withoutData(messageOf(error)) });
      return undefined;
    }
  }
}
