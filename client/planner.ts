import { planRotation } from '../activities/plan.ts';
import type { Kube } from '../mesh/kubernetes/kube.ts';
import { systemClock } from '../mesh/observation/clock.ts';
import type { Surveyor } from '../mesh/observation/survey.ts';
import { createSurveyor } from '../mesh/observation/survey.ts';
import type { PodPort } from '../mesh/kubernetes/port-forward.ts';
import { inspectMesh } from '../mesh/observation/inspect-mesh.ts';
import type { Inspector, Planner } from './context.ts';
import type { Reach } from './reach.ts';

/** What could not be asked stands in the survey itself, so its log would say it twice. */
const silent = { info: () => undefined, warn: () => undefined };

export function surveyorFor(kube: Kube, reach: Reach): Surveyor {
  const dial = reach === 'port-forward' ? (port: PodPort) => kube.portForward(port) : undefined;
  return createSurveyor({ kube, clock: systemClock, log: silent, dial });
}

/** The planner for one cluster: the code of the workflow's first phase. */
export function plannerFor(kube: Kube, reach: Reach): Planner {
  const surveyor = surveyorFor(kube, reach);
  return (question, options) => planRotation(surveyor, question, options);
}

export function inspectorFor(kube: Kube, reach: Reach): Inspector {
  const surveyor = surveyorFor(kube, reach);
  return (question) => inspectMesh({ kube, surveyor }, question);
}
