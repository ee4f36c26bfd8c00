import type { Kube } from '../mesh/kubernetes/kube.ts';
import type { Clock } from '../mesh/observation/clock.ts';
import type { Surveyor } from '../mesh/observation/survey.ts';
import type { StatusPublisher } from '../mesh/resource/status-publisher.ts';

/** What activities are made from. One cluster a worker. */
export interface ActivityDependencies {
  readonly kube: Kube;
  readonly surveyor: Surveyor;
  readonly clock: Clock;
  /** Left out: this worker tells no resource how a rotation stands. */
  readonly resource?: ResourceTelling;
}

/** How a rotation is told to the TrustAnchorRotation. */
export interface ResourceTelling {
  readonly publisher: StatusPublisher;
  /** Address of a workflow's page, where the base of the Web UI is known. */
  readonly pageOf: (workflowId: string) => string | undefined;
}
