import { isOfPod } from '../mesh/kubernetes/kube-config.ts';

/** How a survey reaches pods: at their IP inside the cluster's network, through the API server outside. */
export type Reach = 'pod-ip' | 'port-forward';

/** The same variable as the worker's; without it, only a process in the cluster uses pod IPs. */
export function defaultReach(env: NodeJS.ProcessEnv): Reach {
  const named = env['TRUST_ROTATION_REACH_PROXIES_BY'];
  if (named === 'pod-ip' || named === 'port-forward') return named;
  return isOfPod(env) ? 'pod-ip' : 'port-forward';
}
