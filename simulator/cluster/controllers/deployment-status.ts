import { timestamp } from '../names.ts';
import type { Condition, Deployment, ReplicaSet } from '../objects.ts';
import { findCondition, withCondition } from './conditions.ts';
import type { Rollout } from './deployments.ts';
import { rollingLimits } from './pods.ts';

interface Counts {
  wanted: number;
  replicas: number;
  updatedReplicas: number;
  readyReplicas: number;
  availableReplicas: number;
}

function count({ deployment, current, old }: Rollout): Counts {
  const all = current === undefined ? old : [...old, current];
  function total(field: 'replicas' | 'readyReplicas' | 'availableReplicas'): number {
    return all.reduce((sum, { status }: ReplicaSet) => sum + (status?.[field] ?? 0), 0);
  }
  return {
    wanted: deployment.spec.replicas ?? 1,
    replicas: total('replicas'),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: total('readyReplicas'),
    availableReplicas: total('availableReplicas'),
  };
}

function availability({ spec }: Deployment, { wanted, availableReplicas }: Counts): Condition {
  const { unavailable } = rollingLimits(spec.strategy?.rollingUpdate, wanted);
  return availableReplicas >= wanted - unavailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

/** Whether the counts moved towards the goal since the last status: then the progress deadline starts again. */
function hasProgressed({ status }: Deployment, counts: Counts): boolean {
  const fields = ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'] as const;
  return fields.some((field) => (status?.[field] ?? 0) !== counts[field]);
}

/** Whether a rollout that was already under way has stood still for longer than its deadline. */
function isLate({ deployment }: Rollout, counts: Counts): boolean {
  const before = findCondition(deployment.status?.conditions, 'Progressing');
  if (before === undefined || before.reason === 'NewReplicaSetAvailable') return false;
  const deadlineMs = (deployment.spec.progressDeadlineSeconds ?? 600) * 1000;
  const since = Date.parse(before.lastUpdateTime ?? timestamp());
  return !hasProgressed(deployment, counts) && since + deadlineMs <= Date.now();
}

function progress(rollout: Rollout, counts: Counts): Condition {
  const { current } = rollout;
  const { wanted, replicas, updatedReplicas, availableReplicas } = counts;
  const type = 'Progressing';
  const set = `ReplicaSet "${current?.metadata.name ?? ''}"`;
  const isComplete = [replicas, updatedReplicas, availableReplicas].every((n) => n === wanted);
  if (isComplete && current !== undefined) {
    const message = `${set} has successfully progressed.`;
    return { type, status: 'True', reason: 'NewReplicaSetAvailable', message };
  }
  return isLate(rollout, counts)
    ? {
        type,
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: `${set} has timed out progressing.`,
      }
    : { type, status: 'True', reason: 'ReplicaSetUpdated', message: `${set} is progressing.` };
}

function withUpdateTime({ deployment }: Rollout, condition: Condition, counts: Counts): Condition {
  const before = findCondition(deployment.status?.conditions, condition.type);
  const isSame = before?.status === condition.status && before.reason === condition.reason;
  const keeps = isSame && !(condition.type === 'Progressing' && hasProgressed(deployment, counts));
  return { ...condition, lastUpdateTime: (keeps && before.lastUpdateTime) || timestamp() };
}

/** A ReplicaSet's failure to create pods is its Deployment's, too, for as long as it lasts. */
function failures({ current, old }: Rollout): Condition[] {
  const all = current === undefined ? old : [current, ...old];
  const [first] = all.flatMap(({ status }) => {
    const failure = findCondition(status?.conditions, 'ReplicaFailure');
    return failure === undefined ? [] : [failure];
  });
  return first === undefined ? [] : [first];
}

/** A Deployment's status, and when to look again because its progress deadline may have passed. */
export function deploymentStatus(rollout: Rollout): {
  status: NonNullable<Deployment['status']>;
  againMs: number | undefined;
} {
  const { deployment } = rollout;
  const counts = count(rollout);
  const { wanted, ...numbers } = counts;
  const progressing = withUpdateTime(rollout, progress(rollout, counts), counts);
  const available = withUpdateTime(rollout, availability(deployment, counts), counts);
  const before = deployment.status?.conditions?.filter(({ type }) => type !== 'ReplicaFailure');
  const conditions = [
    ...withCondition(withCondition(before, available), progressing),
    ...failures(rollout),
  ];
  const unavailableReplicas = Math.max(0, wanted - numbers.availableReplicas);
  const waits = progressing.reason === 'ReplicaSetUpdated' && !deployment.spec.paused;
  const deadline =
    Date.parse(progressing.lastUpdateTime ?? '') +
    (deployment.spec.progressDeadlineSeconds ?? 600) * 1000;
  return {
    status: {
      observedGeneration: deployment.metadata.generation ?? 1,
      ...numbers,
      unavailableReplicas,
      conditions,
    },
    againMs: waits ? Math.max(0, deadline - Date.now()) + 1 : undefined,
  };
}
