import type { ApprovalName } from '../domain/phases.ts';
import type { Rotation } from './rotation.ts';
import { checkpoint } from './steps.ts';

const monthMs = 30 * 86_400_000;

/** The bridge, the probe under A and A itself may end before the rotation does: see decision 9. */
const afterDeadline = {
  /** Leaves are still to turn over, and nothing is lost by going back. */
  abort: 'a person to abort',
  /** Every leaf is under B: what is left is safer than going back under what is about to end. */
  resume: 'a person to resume, which is safer than an abort',
} as const;

/**
 * Stops once the hard deadline has passed; with `resume` until a person says to go on, which is answered
 * by `true`.
 */
export async function stopAfterDeadline(
  rotation: Rotation,
  way: keyof typeof afterDeadline,
): Promise<boolean> {
  for (;;) {
    await checkpoint(rotation);
    const { hardDeadline } = rotation;
    if (Date.now() < Date.parse(hardDeadline)) return false;
    const goesOn = rotation.state.waiting?.cause === 'deadline';
    rotation.setWaiting('blocked', {
      for: `${afterDeadline[way]}: the hard deadline ${hardDeadline} has passed`,
      cause: 'deadline',
      laggards: [],
    });
    // The end of a pause, or an exception, is no word for this.
    const answered = await rotation.interruptions.untilAnswered({ goesOn, timeoutMs: monthMs });
    if (!answered || way === 'abort') continue;
    rotation.note('goes on after the hard deadline, as a person has said');
    return true;
  }
}

/**
 * Asks for an approval where the request wants one; once given it is not asked for again.
 *
 * @param inTime none is waited for beyond the hard deadline, until a person has dealt with that in this way
 */
export async function requireApproval(
  rotation: Rotation,
  gate: ApprovalName,
  inTime?: keyof typeof afterDeadline,
): Promise<void> {
  const { interruptions } = rotation;
  let isBound = inTime !== undefined;
  const halt = async (): Promise<void> => {
    if (inTime === undefined || !isBound) await checkpoint(rotation);
    else isBound = !(await stopAfterDeadline(rotation, inTime));
  };
  const isAutomatic = (): boolean => rotation.request.approvals[gate] === 'automatic';
  while (!rotation.isApproved(gate)) {
    if (isAutomatic()) {
      rotation.approve(gate, 'automatic');
      break;
    }
    await halt();
    rotation.setWaiting('waiting-for-approval', {
      for: `approval ${gate}`,
      approval: gate,
      laggards: [],
    });
    await interruptions.untilPersonOr(
      () => rotation.isApproved(gate) || isAutomatic() || interruptions.paused !== undefined,
      isBound ? untilMs(rotation.hardDeadline) : undefined,
    );
  }
  await halt();
  rotation.setRunning();
}

/** For a timer: at least a moment, at most a month, after which is looked anew. */
function untilMs(at: string): number {
  return Math.min(Math.max(Date.parse(at) - Date.now(), 1), monthMs);
}
