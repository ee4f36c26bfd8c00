import type { ClusterApi } from '../api/cluster-api.ts';
import type { Controller } from './controller.ts';
import { startDaemonSetController } from './daemon-sets.ts';
import { startDeploymentController } from './deployments.ts';
import { createEventRecorder } from './events.ts';
import { startGarbageCollector } from './garbage-collector.ts';
import { MANAGER } from './pods.ts';
import { startReplicaSetController } from './replica-sets.ts';
import { startScheduler } from './scheduler.ts';
import { startStatefulSetController } from './stateful-sets.ts';

const DEFAULT_TICK_MS = 10;

/** Starts kube-controller-manager's part and the scheduler. */
export function startControllers(api: ClusterApi, tickMs = DEFAULT_TICK_MS): Controller[] {
  const context = { api, tickMs, record: createEventRecorder(api, MANAGER) };
  return [
    startScheduler(context),
    startReplicaSetController(context),
    startDeploymentController(context),
    startStatefulSetController(context),
    startDaemonSetController(context),
    startGarbageCollector(api),
  ];
}
