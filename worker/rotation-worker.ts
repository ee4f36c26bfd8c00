import type { NativeConnection } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { dataConverter } from '../activities/data-converter.ts';
import { createExpiryActivities } from '../activities/expiry.ts';
import { createIssuerRenewalActivities } from '../activities/issuer-renewal.ts';
import type { ResourceTelling } from '../activities/dependencies.ts';
import { createRotationActivities } from '../activities/rotation-activities.ts';
import { rotationTaskQueue } from '../domain/rotation-request.ts';
import { readClusterId } from '../mesh/cluster-id.ts';
import { meteredActivities, meteredSurveyor } from './metered.ts';
import type { RotationMetrics } from './rotation-metrics.ts';
import { rotationSinks } from './rotation-sinks.ts';
import type { Kube } from '../mesh/kubernetes/kube.ts';
import { systemClock } from '../mesh/observation/clock.ts';
import type { Surveyor } from '../mesh/observation/survey.ts';
import { workflowsPath } from './bundle-workflows.ts';

/**
 * A pod's grace period must be longer than the force time, this longer than the grace time: an
 * activity gets the grace to end its step, and is retried by another worker if that was not enough.
 */
export const shutdown = { shutdownGraceTime: '25s', shutdownForceTime: '40s' } as const;

/** Rotations are rare and wait for others most of the time. */
const slots = {
  maxConcurrentWorkflowTaskExecutions: 10,
  maxConcurrentActivityTaskExecutions: 20,
} as const;

export interface RotationWorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly kube: Kube;
  readonly surveyor: Surveyor;
  /** Left out: nothing is counted. */
  readonly metrics?: RotationMetrics;
  /** Left out: this worker tells no resource how its rotations stand. */
  readonly resource?: ResourceTelling | undefined;
  readonly workflowBundlePath?: string;
}

/** The worker of one cluster: it alone polls the cluster's task queue. */
export async function createRotationWorker(options: RotationWorkerOptions): Promise<Worker> {
  const { connection, namespace, kube, surveyor, metrics, resource, workflowBundlePath } = options;
  const cluster = await readClusterId(kube);
  const workflows =
    workflowBundlePath === undefined
      ? { workflowsPath }
      : { workflowBundle: { codePath: workflowBundlePath } };
  const clock = systemClock;
  const deps = {
    kube,
    surveyor: metrics === undefined ? surveyor : meteredSurveyor(surveyor, metrics, clock),
    clock,
    ...(resource === undefined ? {} : { resource }),
  };
  const rotation = createRotationActivities(deps);
  return Worker.create({
    ...workflows,
    ...shutdown,
    ...slots,
    connection,
    namespace,
    taskQueue: rotationTaskQueue(cluster),
    activities: {
      ...(metrics === undefined ? rotation : meteredActivities(rotation, metrics)),
      ...createIssuerRenewalActivities(deps),
      ...createExpiryActivities(),
    },
    sinks: rotationSinks(deps),
    dataConverter,
    // A pause or an abort reaches a running watch with its next heartbeat.
    maxHeartbeatThrottleInterval: '1s',
    defaultHeartbeatThrottleInterval: '1s',
  });
}
