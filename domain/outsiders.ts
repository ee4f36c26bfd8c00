import type { Convergence, Laggard } from './convergence.ts';
import { converge } from './convergence.ts';
import type { Outsider, Survey } from './survey.ts';
import { workloadName } from './survey.ts';

/** A declared member of the mesh that nobody can ask from inside; nothing unknown counts as converged. */
export function outsiderLaggard(outsider: Outsider): Laggard {
  const what = workloadName(outsider);
  if (outsider.kind === 'ExternalWorkload') {
    return {
      what,
      reason: 'verifies this mesh from outside the cluster, where nobody can ask it',
      remedy: 'give it both anchors yourself, then except it by this name',
    };
  }
  return {
    what,
    reason:
      'joins the proxies of another cluster, which verify this mesh where nobody can ask them',
    remedy:
      'rotate such clusters together ("Clusters that are linked" in the runbook), then except it by this name',
  };
}

/** There is none, but for those that a person has excepted by name: one may come at any time. */
export function noOutsiders({ outsiders }: Survey): Convergence {
  return converge(outsiders, outsiderLaggard);
}
