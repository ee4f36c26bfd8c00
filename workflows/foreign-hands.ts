import type { FailureDetails } from '../activities/failures.ts';
import { isRetired } from '../domain/anchors.ts';
import type { Laggard } from '../domain/convergence.ts';
import { changesPlan } from '../domain/foreign-hands.ts';
import { writesBundle } from '../domain/objects.ts';
import type { Waiting, WaitingFor } from '../domain/rotation-state.ts';
import { PlanIsStale, WayBackIsClosed } from './interruptions.ts';
import { refusalPauseMs } from './limits.ts';
import type { Rotation } from './rotation.ts';

/**
 * Stops until the other hand's change is undone, or a person resumes with what is there now. The other
 * hand may have been the rotation's own: a change whose activity was killed before it could report.
 * @throws PlanIsStale on a resume that the plan did not survive
 * @throws WayBackIsClosed on a resume of a way back whose old anchor has left the bundle meanwhile
 */
export async function holdForForeignHands(
  rotation: Rotation,
  { laggards, observed }: FailureDetails,
): Promise<void> {
  const { isOnWayBack } = rotation.interruptions;
  const isClosed = isOnWayBack && isRetired(rotation.state.anchors, observed?.objects);
  const waiting = {
    for: isClosed
      ? 'a person to resume: the old anchor has left the bundle, so there is no way back, only the way on'
      : "another hand's change to be undone, or a person to resume with it",
    cause: 'foreign-hands',
    laggards,
  } as const;
  const goesOn = showsTheSame(rotation.state.waiting, waiting);
  rotation.setWaiting('blocked', waiting);
  const timeoutMs = refusalPauseMs(2, rotation.request.timings.pollMs);
  const resumed = await rotation.interruptions.untilAnswered({ goesOn, timeoutMs });
  if (!resumed || observed === undefined) return;
  const isPlanStale = changesPlan(rotation.state.recorded, observed.objects, {
    ownsBundle: writesBundle(rotation.request.objects),
  });
  rotation.saw(observed);
  const wasFollowing = rotation.state.recorded?.bundle === undefined;
  rotation.accept(observed);
  if (wasFollowing) rotation.bundleFollows();
  rotation.note('a person resumed with the change that another hand had made');
  if (isClosed) throw new WayBackIsClosed();
  if (isPlanStale && !isOnWayBack) throw new PlanIsStale();
}

/** Whether a person who resumes has seen this very change: another one is another decision. */
function showsTheSame(shown: Waiting | undefined, waiting: WaitingFor): boolean {
  return shown?.for === waiting.for && list(shown.laggards) === list(waiting.laggards);
}

function list(laggards: readonly Laggard[]): string {
  return laggards.map(({ what, reason }) => `${what} ${reason}`).join();
}
