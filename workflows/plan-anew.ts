import type { PlanRotationResult } from '../activities/contract.ts';
import { pendingPhases } from '../domain/rotation-state.ts';
import { mutate, observe } from './activity-profiles.ts';
import { releaseLease } from './engine-lease.ts';
import type { Rotation } from './rotation.ts';
import { change, look } from './steps.ts';
import { unfreeze } from './unfreeze.ts';

/**
 * A person resumed with what another hand had changed. What is left to do is found anew, as a rotation
 * that begins now would find it; what people approved before was another plan. The old state stays as
 * it is until the end of this, so that a new run of a long history can do it again.
 *
 * @returns `already-rotated` where another hand has finished the rotation: this one has proved nothing
 */
export async function planAnew(rotation: Rotation): Promise<'planned' | 'already-rotated'> {
  const { exceptions, anchors } = rotation.state;
  const replaces = anchors?.a.certificate.fingerprint ?? rotation.request.replaces;
  const request = { ...rotation.request, exceptions, replaces };
  for (;;) {
    const found = await look(rotation, () =>
      observe('survey the mesh and plan anew').planRotation({ request }),
    );
    const { blockers } = found.plan;
    if (found.alreadyRotated || blockers.length === 0) {
      if (found.alreadyRotated) await tidy(rotation);
      else await forgetBridge(rotation, found);
      takeOver(rotation, found);
      return found.alreadyRotated ? 'already-rotated' : 'planned';
    }
    rotation.setWaiting('blocked', {
      for: 'a person to cure what stands in the way of a new plan, then to resume or to abort',
      cause: 'plan',
      laggards: blockers,
    });
    await rotation.interruptions.untilPersonOr(() => false);
  }
}

/**
 * The request for a bridge to an anchor that is none of this rotation's any more: approved later, it would
 * have the old anchor sign it after all. A bridge that signs stays until another takes its place.
 */
async function forgetBridge(
  rotation: Rotation,
  { anchors, observed }: PlanRotationResult,
): Promise<void> {
  const { context } = rotation;
  const before = context.survey.anchors.b?.certificate.fingerprint;
  if (before === undefined || before === anchors.b?.certificate.fingerprint) return;
  if (observed.objects.signer === 'bridge') return;
  await change(rotation, () => mutate('delete the bridge').removeBridge({ context }));
}

/** Phases that were done under the plan before may have to be done again. */
function takeOver(rotation: Rotation, found: PlanRotationResult): void {
  const preflight = rotation.state.phases.filter(({ phase }) => phase === 'Preflight');
  const ahead = found.plan.phases.filter((phase) => phase !== 'Preflight');
  rotation.adopt(found);
  rotation.update({
    isPlanStale: false,
    approvals: [],
    phases: [...preflight, ...pendingPhases(found.alreadyRotated ? [] : ahead)],
  });
}

/** Another hand has finished the rotation: only what this one had made for itself is left. */
async function tidy(rotation: Rotation): Promise<void> {
  const { context } = rotation;
  await change(rotation, () => mutate('remove the probes').removeProbes({ context }));
  await change(rotation, () => mutate('delete the bridge').removeBridge({ context }));
  await unfreeze(rotation);
  await releaseLease(rotation);
}
