import { isDeepStrictEqual } from 'node:util';
import { omit } from '../api/maps.ts';
import { stableHash } from '../names.ts';
import type { Deployment, PodTemplate, ReplicaSet } from '../objects.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../resources.ts';
import type { ObjectKey } from '../store.ts';
import { ownKey, ownerKey, startController } from './controller.ts';
import type { Controller } from './controller.ts';
import { deploymentStatus } from './deployment-status.ts';
import { MANAGER, controllerReference, rollingLimits } from './pods.ts';
import type { WorkloadContext } from './pods.ts';

const HASH_LABEL = 'pod-template-hash';
const REVISION = 'deployment.kubernetes.io/revision';

/** A Deployment with its ReplicaSets: the one of the current template, and those before it. */
export interface Rollout {
  deployment: Deployment;
  current: ReplicaSet | undefined;
  old: ReplicaSet[];
}

function withoutHash(template: PodTemplate): object {
  const labels = omit(template.metadata?.labels ?? {}, HASH_LABEL);
  return { ...template, metadata: { ...template.metadata, labels } };
}

function revisionOf({ metadata }: ReplicaSet): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}

function observe({ api }: WorkloadContext, deployment: Deployment): Rollout {
  const owned = api.store.ownedBy(deployment.metadata.uid, REPLICA_SETS);
  const wanted = withoutHash(deployment.spec.template);
  const current = owned.find(({ spec }) => isDeepStrictEqual(withoutHash(spec.template), wanted));
  const old = owned.filter((replicaSet) => replicaSet !== current);
  return { deployment, current, old: old.sort((a, b) => revisionOf(a) - revisionOf(b)) };
}

function keyOf({ metadata }: Deployment | ReplicaSet): ObjectKey {
  return { namespace: metadata.namespace, name: metadata.name };
}

function desiredReplicas({ spec }: { spec: { replicas?: number } }): number {
  return spec.replicas ?? 1;
}

function available({ status }: ReplicaSet): number {
  return status?.availableReplicas ?? 0;
}

function sum(replicaSets: ReplicaSet[], count: (replicaSet: ReplicaSet) => number): number {
  return replicaSets.reduce((total, replicaSet) => total + count(replicaSet), 0);
}

async function createReplicaSet(
  { api }: WorkloadContext,
  rollout: Rollout,
  replicas: number,
): Promise<void> {
  const { deployment } = rollout;
  const { template, selector } = deployment.spec;
  const { name, namespace } = deployment.metadata;
  const hash = stableHash(template);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  const metadata = {
    name: `${name}-${hash}`,
    namespace,
    labels,
    ownerReferences: [controllerReference(deployment)],
  };
  const matchLabels = { ...selector.matchLabels, [HASH_LABEL]: hash };
  const spec = {
    replicas,
    selector: { ...selector, matchLabels },
    template: { ...template, metadata: { ...template.metadata, labels } },
  };
  await api.create(REPLICA_SETS, { metadata, spec }, { manager: MANAGER });
}

/** The current ReplicaSet and its Deployment carry the highest revision; an old template used again gets a new one. */
function stampRevision({ api }: WorkloadContext, { deployment, current, old }: Rollout): void {
  if (current === undefined) return;
  const highest = Math.max(0, ...old.map(revisionOf));
  const revision = String(revisionOf(current) > highest ? revisionOf(current) : highest + 1);
  const edit = (draft: Deployment | ReplicaSet) => {
    draft.metadata.annotations = { ...draft.metadata.annotations, [REVISION]: revision };
  };
  api.modify(REPLICA_SETS, keyOf(current), { manager: MANAGER, edit });
  api.modify(DEPLOYMENTS, keyOf(deployment), { manager: MANAGER, edit });
}

function scaleTo({ api }: WorkloadContext, replicaSet: ReplicaSet, replicas: number): void {
  if (desiredReplicas(replicaSet) === replicas) return;
  const edit = (draft: ReplicaSet) => {
    draft.spec.replicas = replicas;
  };
  api.modify(REPLICA_SETS, keyOf(replicaSet), { manager: MANAGER, edit });
}

function limitsOf({ spec }: Deployment): { surge: number; unavailable: number } {
  return rollingLimits(spec.strategy?.rollingUpdate, spec.replicas ?? 1);
}

/** How many replicas the current ReplicaSet may have now. */
function nextSize({ deployment, current, old }: Rollout): number {
  const wanted = desiredReplicas(deployment);
  const have = current === undefined ? 0 : desiredReplicas(current);
  if (have >= wanted) return wanted;
  const total = have + sum(old, desiredReplicas);
  const room = wanted + limitsOf(deployment).surge - total;
  return Math.min(wanted, have + Math.max(0, room));
}

/** Takes down old replicas: the unhealthy ones first, then as many as may be unavailable. */
function shrinkOld(context: WorkloadContext, { deployment, current, old }: Rollout): void {
  const minAvailable = desiredReplicas(deployment) - limitsOf(deployment).unavailable;
  const all = current === undefined ? old : [...old, current];
  const newUnavailable = current === undefined ? 0 : desiredReplicas(current) - available(current);
  let budget = sum(all, desiredReplicas) - minAvailable - newUnavailable;
  const sizes = new Map(old.map((replicaSet) => [replicaSet, desiredReplicas(replicaSet)]));
  function take(replicaSet: ReplicaSet, most: number): void {
    const size = sizes.get(replicaSet) ?? 0;
    const count = Math.max(0, Math.min(budget, most, size));
    budget -= count;
    sizes.set(replicaSet, size - count);
  }
  for (const replicaSet of old)
    take(replicaSet, desiredReplicas(replicaSet) - available(replicaSet));
  budget = Math.min(budget, sum(all, available) - minAvailable);
  for (const replicaSet of old) take(replicaSet, Infinity);
  for (const [replicaSet, size] of sizes) scaleTo(context, replicaSet, size);
}

async function roll(context: WorkloadContext, rollout: Rollout): Promise<void> {
  const { current, old } = rollout;
  if (current === undefined) {
    await createReplicaSet(context, rollout, nextSize(rollout));
    return;
  }
  const size = nextSize(rollout);
  if (size !== desiredReplicas(current)) scaleTo(context, current, size);
  else if (old.length > 0) shrinkOld(context, rollout);
}

/** A paused Deployment still follows its replica count, but starts no rollout. */
function scalePaused(context: WorkloadContext, { deployment, current, old }: Rollout): void {
  const running = [...old, ...(current ? [current] : [])].filter((set) => desiredReplicas(set) > 0);
  const [only, another] = running;
  if (only !== undefined && another === undefined)
    scaleTo(context, only, desiredReplicas(deployment));
}

function prune({ api }: WorkloadContext, { deployment, old }: Rollout): void {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const empty = old.filter((set) => desiredReplicas(set) === 0 && !set.status?.replicas);
  for (const replicaSet of empty.slice(0, Math.max(0, empty.length - limit)))
    api.remove(REPLICA_SETS, keyOf(replicaSet));
}

/** Rolls Deployments out over ReplicaSets, within maxSurge and maxUnavailable. */
export function startDeploymentController(context: WorkloadContext): Controller {
  const { api, tickMs } = context;

  async function reconcile(key: ObjectKey): Promise<number | undefined> {
    const deployment = api.store.get(DEPLOYMENTS, key);
    if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined)
      return undefined;
    const rollout = observe(context, deployment);
    if (deployment.spec.paused) scalePaused(context, rollout);
    else {
      await roll(context, rollout);
      stampRevision(context, observe(context, deployment));
      prune(context, rollout);
    }
    const { status, againMs } = deploymentStatus(observe(context, api.get(DEPLOYMENTS, key)));
    api.modify(DEPLOYMENTS, key, {
      manager: MANAGER,
      subresource: 'status',
      edit: (draft) => {
        draft.status = status;
      },
    });
    return againMs;
  }

  return startController({
    name: 'deployment controller',
    store: api.store,
    sources: [
      { resource: DEPLOYMENTS, keys: ownKey },
      { resource: REPLICA_SETS, keys: ownerKey('Deployment') },
    ],
    reconcile,
    tickMs,
  });
}
