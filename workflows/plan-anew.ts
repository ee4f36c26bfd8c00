import { observe } from './activity-profiles.ts';
import type { Rotation } from './rotation.ts';
import { look } from './steps.ts';

/**
 * A person resumed with what another hand had changed. What is left to do is found anew, as a rotation
 * that begins now would find it; what people approved before was another plan.
 */
export async function planAnew(rotation: Rotation): Promise<void> {
  const { exceptions, anchors } = rotation.state;
  const replaces = anchors?.a.certificate.fingerprint ?? rotation.request.replaces;
  const request = { ...rotation.request, exceptions, replaces };
  for (;;) {
    const found = await look(rotation, () =>
      observe('survey the mesh and plan anew').planRotation({ request }),
    );
    const { blockers } = found.plan;
    if (blockers.length === 0) {
      rotation.replan(found);
      return;
    }
    rotation.setWaiting('blocked', {
      for: 'a person to cure what stands in the way of a new plan, then to resume or to abort',
      laggards: blockers,
    });
    await rotation.interruptions.untilPersonOr(() => false);
  }
}
