import { tellRotation } from '../../activities/status.ts';
import { withPastRotation } from '../../domain/resource/past-rotation.ts';
import type { RotationSight } from '../../domain/resource/rotation-status.ts';
import { renewedAnchorIn } from '../../domain/resource/renewed-anchor.ts';
import type { ResourceStatus } from '../../domain/resource/resource-status.ts';
import { statusAtRest } from '../../domain/resource/rest-status.ts';
import { expiryCheckOf } from '../../domain/resource/rotation-resource.ts';
import { endConditions } from '../../domain/rotation-state.ts';
import { foreignStatusWrites } from '../../mesh/resource/field-owners.ts';
import { addFinalizer, finalizer, removeFinalizer } from '../../mesh/resource/resource-metadata.ts';
import { isAnchorNew, lookAtRest } from '../../mesh/resource/rest-sight.ts';
import type { RotationResource } from '../../mesh/resource/rotation-resource.ts';
import { conclude } from './conclude.ts';
import type { RotationLook } from './engine.ts';
import { heedIssuerRenewal } from './issuer-renewal.ts';
import type { Memory, OperatorParts } from './parts.ts';
import { startByTrigger } from './start-by-trigger.ts';
import type { Steered } from './steering.ts';
import { heedApproval, keptUnseen, steer } from './steering.ts';
import { Steps } from './steps.ts';
import { writeDifference } from './write-difference.ts';

/**
 * Brings rotation and resource together, from whatever state they are in. As long as nothing has changed
 * it asks the API server for nothing, or for the anchor alone; may run in several workers at once.
 *
 * @throws Error when a step has failed, once the others are done and the resource shows it
 */
export async function reconcile(
  parts: OperatorParts,
  resource: RotationResource,
  memory: Memory,
): Promise<void> {
  const look = await parts.engine.look();
  if (!resource.isDeleting && !resource.finalizers.includes(finalizer)) {
    await addFinalizer(parts.kube);
  }
  if (resource.isDeleting && (look.kind === 'none' || look.kind === 'ended')) {
    await letGo(parts, resource, { look, memory });
    return;
  }
  await repair(parts, resource, { look, memory });
  const steps = new Steps();
  await steps.attempt('approval', () => heedApproval(parts, resource, look));
  const steered = await steps.attempt('steering', () =>
    steerIfRunning(parts, resource, { look, memory }),
  );
  await steps.attempt('survey', () => rest(parts, resource, { look, memory }));
  await steps.attempt('issuer-renewal', () => heedIssuerRenewal(parts, resource, { look, memory }));
  await steps.attempt('schedule', () => keepSchedule(parts, resource, { look, memory }));
  const renewedAnchor =
    memory.sight === undefined
      ? undefined
      : renewedAnchorIn(memory.sight, resource.status.rotations);
  const waiting = await steps.attempt('start', () =>
    startByTrigger(parts, resource, { look, renewedAnchor }),
  );
  await conclude(parts, resource, {
    look,
    memory,
    failed: steps.failed,
    refused: steered?.refused ?? [],
    waiting: steered?.kept ?? waiting,
  });
}

/** The Schedule goes with the resource, which is kept until it has gone. */
async function letGo(
  parts: OperatorParts,
  resource: RotationResource,
  { look, memory }: Seen,
): Promise<void> {
  const steps = new Steps();
  await steps.attempt('schedule', () => parts.engine.keepSchedule(undefined));
  const { failed } = steps;
  if (failed.length > 0) {
    await conclude(parts, resource, { look, memory, failed, refused: [], waiting: undefined });
  }
  await removeFinalizer(parts.kube);
}

/** Somebody may take it away, or Temporal lose it. */
const keepScheduleEveryMs = 3_600_000;

/** Asked for at each change of the spec, for each resource that is applied anew, and now and then. */
async function keepSchedule(
  { engine, clock, cluster }: OperatorParts,
  { uid, spec, isDeleting }: RotationResource,
  { look, memory }: Seen,
): Promise<void> {
  if (isDeleting || look.kind === 'unreachable') return;
  const wanted = { check: expiryCheckOf(spec, cluster), isPaused: spec.suspend };
  const text = JSON.stringify({ uid, wanted });
  const atMs = clock.nowMs();
  const { schedule } = memory;
  if (schedule?.text === text && atMs - schedule.atMs < keepScheduleEveryMs) return;
  await engine.keepSchedule(wanted);
  memory.schedule = { text, atMs };
}

interface Seen {
  readonly look: RotationLook;
  readonly memory: Memory;
}

/** A status that another hand has written to is what it was, or what the running rotation says. */
async function repair(
  parts: OperatorParts,
  resource: RotationResource,
  { look, memory }: Seen,
): Promise<void> {
  const { status, resourceVersion } = resource;
  const writes = foreignStatusWrites(resource).join();
  const { good, repaired } = memory;
  // What was put right is not written by the other hand any more: what still is was right.
  if (writes === '' || writes === repaired?.writes) {
    if (resourceVersion !== repaired?.resourceVersion) memory.good = status;
    if (writes === '') memory.repaired = undefined;
    return;
  }
  if (good !== undefined) {
    await parts.telling.publisher.write((found) =>
      foreignStatusWrites(found).length === 0 ? found.status : good,
    );
  }
  memory.repaired = { writes, resourceVersion };
  if (look.kind === 'running' && look.sight !== undefined) tellAgain(parts, look.sight);
}

/** Who told it last may have died before it was written. */
function tellAgain({ clock, telling }: OperatorParts, sight: RotationSight): void {
  tellRotation({ clock, resource: telling }, sight);
}

async function steerIfRunning(
  parts: OperatorParts,
  resource: RotationResource,
  { look, memory }: Seen,
): Promise<Steered> {
  if (look.kind !== 'running' || look.sight === undefined) {
    return { refused: [], ...keptUnseen(resource, look) };
  }
  memory.sight = undefined;
  const { sight } = look;
  // The workflow tells of itself; only where nobody took that down it is told from here.
  const { rotation } = resource.status;
  const isTold = rotation?.runId === sight.runId && rotation.condition === sight.state.condition;
  if (!isTold) tellAgain(parts, sight);
  return steer(parts, resource, sight, memory);
}

function isLookDue({ spec, status, generation }: RotationResource, nowMs: number): boolean {
  const surveyedMs = Date.parse(status.surveyedAt ?? '');
  const isLate = !(nowMs - surveyedMs < spec.surveyEveryMs) || surveyedMs > nowMs;
  return isLate || status.observedGeneration !== generation;
}

/** Until the signer is pinned each renewal of the issuer comes out under the new anchor: a rotation is not to wait for the next survey. */
async function isAnchorRenewed(
  { kube }: OperatorParts,
  { spec }: RotationResource,
  { sight }: Memory,
): Promise<boolean> {
  if (spec.onAnchorRenewed === 'report' || sight?.kind !== 'seen') return false;
  return isAnchorNew(kube, spec.objects, sight.objects.trustAnchor.fingerprint);
}

/** While no rotation runs the status comes from here: Temporal is not needed for it. */
async function rest(
  parts: OperatorParts,
  resource: RotationResource,
  { look, memory }: Seen,
): Promise<void> {
  memory.hasLooked = false;
  const { kube, clock, telling, engine } = parts;
  const { spec, status } = resource;
  if (mayRotate(look, status)) return;
  const past = look.kind === 'ended' ? look.past : undefined;
  const isKnown = past === undefined || status.rotations.some(({ runId }) => runId === past.runId);
  const isStill = memory.sight !== undefined && isKnown && !isLookDue(resource, clock.nowMs());
  if (isStill && !(await isAnchorRenewed(parts, resource, memory))) return;
  const sight = await lookAtRest(kube, spec.objects, clock.nowMs());
  memory.sight = sight;
  memory.hasLooked = true;
  const webUi = past === undefined ? undefined : telling.pageOf(engine.workflowId);
  await writeDifference(parts, resource, (found) => {
    const rotations =
      past === undefined ? found.status.rotations : withPastRotation(found.status.rotations, past);
    return statusAtRest({ ...found.status, rotations }, sight, {
      generation: found.generation,
      warnBeforeExpiryMs: found.spec.warnBeforeExpiryMs,
      nowMs: clock.nowMs(),
      ...(webUi === undefined ? {} : { webUi }),
      // Suspended, the Schedule is paused.
      checkedFrom: found.spec.suspend ? undefined : found.createdAt,
    });
  });
}

/** Whether one runs: without Temporal, as far as the status tells. */
function mayRotate({ kind }: RotationLook, { rotation }: ResourceStatus): boolean {
  if (kind !== 'unreachable') return kind === 'running';
  return rotation !== undefined && !endConditions.some((end) => end === rotation.condition);
}
