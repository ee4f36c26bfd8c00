import { clusterKind } from './empty-cluster.ts';

/**
 * Skips the scenarios of a `describe` where there are no processes to stop, and says so: one that
 * nobody sees skipped would count as passed.
 */
export function requireRealCluster(): void {
  before(function () {
    if (clusterKind === 'real') return;
    process.stdout.write(
      'NOT RUN: these scenarios need the real cluster (npm run test:real, or TRUST_ROTATION_CLUSTER=real)\n',
    );
    this.skip();
  });
}
