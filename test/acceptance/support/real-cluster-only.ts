import { clusterKind } from './empty-cluster.ts';
import { notRun } from './not-run.ts';

/** Skips the scenarios of a `describe` where there are no processes to stop. */
export function requireRealCluster(): void {
  before(function () {
    if (clusterKind === 'real') return;
    notRun(
      this,
      'these scenarios need the real cluster (npm run test:real, or TRUST_ROTATION_CLUSTER=real)',
    );
  });
}
