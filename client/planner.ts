import { planRotation } from '../activities/plan.ts';
import type { Kube } from '../mesh/kubernetes/kube.ts';
import { systemClock } from '../mesh/observation/clock.ts';
import { createSurveyor } from '../mesh/observation/survey.ts';
import type { Planner } from './context.ts';

/** How a survey reaches pods: at their IP inside the cluster's network, through the API server outside. */
export type Reach = 'pod-ip' | 'port-forward';

/** What could not be asked stands in the survey itself, so its log would say it twice. */
const silent = { info: () => undefined, warn: () => undefined };

/** The planner for one cluster: the code of the workflow's first phase. */
export function plannerFor(kube: Kube, reach: Reach): Planner {
  const dial = reach === 'port-forward' ? kube.portForward : undefined;
  const surveyor = createSurveyor({ kube, clock: systemClock, log: silent, dial });
  return (question, options) => planRotation(surveyor, question, options);
}

/** The same variable as the worker's; without it, only a process in the cluster uses pod IPs. */
export function defaultReach(env: NodeJS.ProcessEnv): Reach {
  const named = env['TRUST_ROTATION_REACH_PROXIES_BY'];
  if (named === 'pod-ip' || named === 'port-forward') return named;
  const isInCluster =
    env['KUBERNETES_SERVICE_HOST'] !== undefined && env['KUBECONFIG'] === undefined;
  return isInCluster ? 'pod-ip' : 'port-forward';
}
