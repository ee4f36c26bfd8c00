import { z } from 'zod';
import type { WorkloadRef } from '../domain/survey.ts';
import { workloadName } from '../domain/survey.ts';
import { condition, findCondition, isTrue } from './conditions.ts';
import type { Kube } from './kubernetes/kube.ts';
import type { ObjectRef, ResourceType } from './kubernetes/resources.ts';
import { resources } from './kubernetes/resources.ts';

/** On the pod template, and so on every pod it makes: see `restartMarker`. */
export const rotationAnnotation = 'trust.linkerd.io/rotation';

const annotations = z.record(z.string(), z.string()).optional();

const workloadObject = z.object({
  metadata: z.object({ generation: z.number().default(0) }),
  spec: z.object({
    replicas: z.number().optional(),
    paused: z.boolean().optional(),
    updateStrategy: z
      .object({
        type: z.string().optional(),
        rollingUpdate: z.object({ partition: z.number().optional() }).optional(),
      })
      .optional(),
    template: z.object({ metadata: z.object({ annotations }).optional() }),
  }),
  status: z
    .object({
      observedGeneration: z.number().default(0),
      replicas: z.number().default(0),
      updatedReplicas: z.number().default(0),
      readyReplicas: z.number().default(0),
      availableReplicas: z.number().default(0),
      currentRevision: z.string().optional(),
      updateRevision: z.string().optional(),
      desiredNumberScheduled: z.number().default(0),
      updatedNumberScheduled: z.number().default(0),
      numberAvailable: z.number().default(0),
      conditions: z.array(condition).optional(),
    })
    .prefault({}),
});
type WorkloadObject = z.infer<typeof workloadObject>;

const restartable: Readonly<Record<string, ResourceType>> = {
  Deployment: resources.deployments,
  StatefulSet: resources.statefulSets,
  DaemonSet: resources.daemonSets,
};

const unrestartable: Readonly<Record<string, string>> = {
  Pod: 'it is a bare pod: whoever made it must delete it and make it anew',
  Job: 'a Job cannot be restarted safely: wait until it ends, or delete it',
  ReplicaSet: 'a bare ReplicaSet does not replace its pods when it changes: delete them one by one',
  ReplicationController: 'it does not replace its pods when it changes: delete them one by one',
  Rollout: 'Argo Rollouts restarts it: "kubectl argo rollouts restart"',
};

export type RestartResult =
  | { readonly outcome: 'restarted' | 'already-marked' | 'gone' }
  | { readonly outcome: 'blocked'; readonly reason: string };

export interface RolloutStatus {
  readonly phase: 'done' | 'progressing' | 'failed' | 'gone';
  readonly detail: string;
  /** It had rolled out and has lost a replica since: there is no rollout to wait for. */
  readonly isDegraded?: true;
}

/** Why patching a workload would not replace its pods; `undefined` where it would, or where it is gone. */
export async function restartBlocker(
  kube: Kube,
  workload: WorkloadRef,
): Promise<string | undefined> {
  const ref = workloadRef(workload);
  if (ref === undefined) return kindBlocker(workload);
  const object = await kube.get(ref, workloadObject);
  return object === undefined ? undefined : specBlocker(object);
}

/**
 * Restarts a workload as `kubectl rollout restart` does, with our marker. Idempotent: one that
 * carries the marker already is left alone.
 */
export async function restartWorkload(
  kube: Kube,
  workload: WorkloadRef,
  marker: string,
): Promise<RestartResult> {
  const ref = workloadRef(workload);
  if (ref === undefined) return { outcome: 'blocked', reason: kindBlocker(workload) };
  const object = await kube.get(ref, workloadObject);
  if (object === undefined) return { outcome: 'gone' };
  if (object.spec.template.metadata?.annotations?.[rotationAnnotation] === marker) {
    return { outcome: 'already-marked' };
  }
  const reason = specBlocker(object);
  if (reason !== undefined) return { outcome: 'blocked', reason };
  const template = { metadata: { annotations: { [rotationAnnotation]: marker } } };
  await kube.patch(ref, { spec: { template } }, 'strategic');
  return { outcome: 'restarted' };
}

/** How far a rollout is, by the rules of `kubectl rollout status`. */
export async function rolloutStatus(kube: Kube, workload: WorkloadRef): Promise<RolloutStatus> {
  const ref = workloadRef(workload);
  if (ref === undefined) return { phase: 'failed', detail: kindBlocker(workload) };
  const object = await kube.get(ref, workloadObject);
  if (object === undefined) return { phase: 'gone', detail: `${workloadName(workload)} is gone` };
  if (object.metadata.generation > object.status.observedGeneration) {
    return progressing('its controller has not seen the change yet');
  }
  const status = statusOf(workload.kind, object);
  const blocker = specBlocker(object);
  // Such a rollout never ends by itself, however long it is waited for.
  return status.phase === 'progressing' && blocker !== undefined
    ? { phase: 'failed', detail: blocker }
    : status;
}

function statusOf(kind: string, object: WorkloadObject): RolloutStatus {
  switch (kind) {
    case 'Deployment':
      return deploymentStatus(object);
    case 'StatefulSet':
      return statefulSetStatus(object);
    default:
      return daemonSetStatus(object);
  }
}

function deploymentStatus({ spec, status }: WorkloadObject): RolloutStatus {
  const stalled = findCondition(status.conditions, 'Progressing');
  if (stalled?.reason === 'ProgressDeadlineExceeded') {
    return { phase: 'failed', detail: 'it exceeded its progress deadline' };
  }
  const replicas = spec.replicas ?? 1;
  if (status.updatedReplicas < replicas) {
    const refused = findCondition(status.conditions, 'ReplicaFailure');
    const why = isTrue(refused) ? `; pods are refused: ${refused?.message ?? ''}` : '';
    const updated = `${String(status.updatedReplicas)} of ${String(replicas)} replicas updated`;
    return progressing(`${updated}${why}`);
  }
  if (status.replicas > status.updatedReplicas) {
    const old = status.replicas - status.updatedReplicas;
    return progressing(`${String(old)} old replicas are still ending`);
  }
  if (status.availableReplicas < status.updatedReplicas) {
    const missing = progressing(
      `${String(status.availableReplicas)} of ${String(status.updatedReplicas)} updated replicas available`,
    );
    // Its controller says so at the end of a rollout and until the next begins.
    return stalled?.reason === 'NewReplicaSetAvailable'
      ? { ...missing, isDegraded: true }
      : missing;
  }
  return done();
}

function statefulSetStatus({ spec, status }: WorkloadObject): RolloutStatus {
  const replicas = spec.replicas ?? 1;
  if (status.updateRevision !== status.currentRevision) {
    return progressing(`${String(status.updatedReplicas)} of ${String(replicas)} replicas updated`);
  }
  if (status.readyReplicas < replicas) {
    return progressing(`${String(status.readyReplicas)} of ${String(replicas)} replicas ready`);
  }
  return done();
}

function daemonSetStatus({ status }: WorkloadObject): RolloutStatus {
  const wanted = status.desiredNumberScheduled;
  if (status.updatedNumberScheduled < wanted) {
    return progressing(
      `${String(status.updatedNumberScheduled)} of ${String(wanted)} pods updated`,
    );
  }
  if (status.numberAvailable < wanted) {
    return progressing(`${String(status.numberAvailable)} of ${String(wanted)} pods available`);
  }
  return done();
}

function specBlocker({ spec }: WorkloadObject): string | undefined {
  if (spec.paused === true) return 'its rollout is paused: resume it ("kubectl rollout resume")';
  const strategy = spec.updateStrategy;
  if (strategy?.type === 'OnDelete') {
    return 'its update strategy is OnDelete: delete its pods one by one';
  }
  const partition = strategy?.rollingUpdate?.partition ?? 0;
  if (partition > 0) {
    return `its update is partitioned at ${String(partition)}: pods below that ordinal keep the old template; set the partition to 0`;
  }
  return undefined;
}

function kindBlocker(workload: WorkloadRef): string {
  return (
    unrestartable[workload.kind] ??
    `its kind ${workload.kind} is not known here: restart it with its own means`
  );
}

export function workloadRef({ kind, namespace, name }: WorkloadRef): ObjectRef | undefined {
  const type = restartable[kind];
  return type === undefined ? undefined : { type, namespace, name };
}

function progressing(detail: string): RolloutStatus {
  return { phase: 'progressing', detail };
}

function done(): RolloutStatus {
  return { phase: 'done', detail: 'rolled out' };
}
