import { planRotation } from '../activities/plan.ts';
import type { Kube } from '../mesh/kubernetes/kube.ts';
import { systemClock } from '../mesh/observation/clock.ts';
import { createSurveyor } from '../mesh/observation/survey.ts';
import type { PodPort } from '../mesh/kubernetes/port-forward.ts';
import type { Planner } from './context.ts';
import type { Reach } from './reach.ts';

/** What could not be asked stands in the survey itself, so its log would say it twice. */
const silent = { info: () => undefined, warn: () => undefined };

/** The planner for one cluster: the code of the workflow's first phase. */
export function plannerFor(kube: Kube, reach: Reach): Planner {
  const dial = reach === 'port-forward' ? (port: PodPort) => kube.portForward(port) : undefined;
  const surveyor = createSurveyor({ kube, clock: systemClock, log: silent, dial });
  return (question, options) => planRotation(surveyor, question, options);
}
