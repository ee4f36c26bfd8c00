import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  makeContinueAsNewFunc,
} from '@temporalio/workflow';
import type { RotationRequest } from '../domain/rotation-request.ts';
import type { EndCondition, RotationReport } from '../domain/rotation-state.ts';
import { reportOf } from '../domain/rotation-state.ts';
import type { PhaseName } from '../domain/phases.ts';
import { mutate } from './activity-profiles.ts';
import type { CarriedRotation } from './carried-rotation.ts';
import { releaseLease, takeLease } from './engine-lease.ts';
import { failureIn } from './failures.ts';
import { handleMessages } from './handlers.ts';
import { AbortRequested, HistoryIsLong, PlanIsStale, WayBackIsClosed } from './interruptions.ts';
import { fallBackToOverlap } from './fall-back.ts';
import { planAnew } from './plan-anew.ts';
import { allPhases } from './phases/all-phases.ts';
import { Rotation } from './rotation.ts';
import { publish } from './search-attributes.ts';
import { publishChanges } from './status-publication.ts';
import { change, checkpoint } from './steps.ts';

/**
 * Rotates the trust anchor of one mesh: the runbook, phase by phase, each left only when its gate has
 * been observed. Which phases there are stands in `domain/phases.ts`; where it begins is decided by
 * what the cluster shows. A worker may die between any two lines of it.
 */
export async function rotateTrustAnchor(
  request: RotationRequest,
  carried?: CarriedRotation,
): Promise<RotationReport> {
  const rotation = new Rotation(request, carried);
  handleMessages(rotation);
  publishChanges(rotation);
  try {
    return await runOrLeave(rotation);
  } catch (error) {
    if (!(error instanceof HistoryIsLong)) throw error;
    return await CancellationScope.nonCancellable(() => continueInNewRun(rotation));
  }
}

async function runOrLeave(rotation: Rotation): Promise<RotationReport> {
  try {
    return await (rotation.interruptions.isOnWayBack ? leaveSafely(rotation) : run(rotation));
  } catch (error) {
    if (!(error instanceof AbortRequested || isCancellation(error))) throw error;
    return await CancellationScope.nonCancellable(() =>
      rotation.abortAction === 'forward-only' ? goForward(rotation) : leaveSafely(rotation),
    );
  }
}

async function run(rotation: Rotation): Promise<RotationReport> {
  if (!rotation.isPlanned) {
    await runPhase(rotation, 'Preflight');
    const { condition: found } = rotation.state;
    if (found === 'already-rotated' || found === 'not-started') return end(rotation, found);
  }
  const isWorkLeft = rotation.state.phases.some(({ state }) => state !== 'done');
  if (!rotation.hasBegun && isWorkLeft) await secure(rotation);
  for (;;) {
    if (rotation.state.isPlanStale === true && (await planAnew(rotation)) === 'already-rotated') {
      const reason = 'another hand has finished the rotation; this one has proved nothing';
      rotation.update({ reason });
      return end(rotation, 'already-rotated');
    }
    const next = rotation.state.phases.find(({ state }) => state !== 'done');
    if (next === undefined) break;
    await runPhase(rotation, next.phase);
  }
  await releaseLease(rotation);
  return end(rotation, 'completed');
}

/** One row of the runbook. */
async function runPhase(rotation: Rotation, name: PhaseName): Promise<void> {
  const phase = allPhases[name];
  await checkpoint(rotation);
  rotation.begin(name);
  try {
    await phase.enter(rotation);
    await phase.act(rotation);
    await phase.gate(rotation);
  } catch (error) {
    const refused = failureIn(error, 'CrossSigningRefused');
    if (refused !== undefined) await fallBackToOverlap(rotation, refused.message);
    else if (error instanceof PlanIsStale) rotation.update({ isPlanStale: true });
    else throw error;
    return;
  }
  rotation.end(name);
}

/** Before the first change: no second engine, and no renewal of the anchor that nobody asked for. */
async function secure(rotation: Rotation): Promise<void> {
  await takeLease(rotation);
  await change(rotation, () =>
    mutate("switch the anchor's automatic renewal off").freezeTrustAnchor({
      context: rotation.context,
    }),
  );
}

/**
 * Asked to stop at the very moment of the retirement, or cancelled by Temporal after it: the way on is
 * safer than the way back. Phases may be entered again, so the current one simply is.
 */
function goForward(rotation: Rotation): Promise<RotationReport> {
  rotation.interruptions.dropAbort();
  rotation.note('asked to stop after the old anchor had left the bundle: goes on to its end');
  return runOrLeave(rotation);
}

/** The way out that the current phase names; it cannot be interrupted itself. */
async function leaveSafely(rotation: Rotation): Promise<RotationReport> {
  const { phase = 'Preflight', condition: found } = rotation.state;
  rotation.interruptions.beginWayBack();
  rotation.setRunning();
  if (found === 'not-started') return end(rotation, found);
  try {
    const { outcome, where } = await allPhases[phase].abort(rotation);
    if (rotation.isPlanned) await releaseLease(rotation);
    rotation.update({ reason: `aborted in ${phase}: ${where}` });
    return await end(rotation, outcome);
  } catch (error) {
    if (!(error instanceof WayBackIsClosed)) throw error;
    rotation.update({ condition: 'running', isPlanStale: true });
    return goForward(rotation);
  }
}

async function end(rotation: Rotation, outcome: EndCondition): Promise<RotationReport> {
  rotation.update({ condition: outcome });
  publish(rotation.state);
  await condition(allHandlersFinished);
  return reportOf(rotation.state, outcome);
}

async function continueInNewRun(rotation: Rotation): Promise<never> {
  await condition(allHandlersFinished);
  const again = makeContinueAsNewFunc<typeof rotateTrustAnchor>();
  return again(rotation.request, rotation.carry());
}
