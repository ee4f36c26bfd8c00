import type { Kube } from '../mesh/kubernetes/kube.ts';
import type { Clock } from '../mesh/observation/clock.ts';
import type { Surveyor } from '../mesh/observation/survey.ts';

/** What activities are made from. One cluster a worker. */
export interface ActivityDependencies {
  readonly kube: Kube;
  readonly surveyor: Surveyor;
  readonly clock: Clock;
}
