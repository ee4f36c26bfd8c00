import type { ApprovalName } from '../domain/phases.ts';
import type { Rotation } from './rotation.ts';
import { checkpoint } from './steps.ts';

/**
 * The retirement relies on the bridge, on the probe under A and on A itself: after the hard deadline
 * one of them may end before it does, so there it is refused, whoever resumes.
 */
export async function stopAfterDeadline(rotation: Rotation): Promise<void> {
  for (;;) {
    await checkpoint(rotation);
    const { hardDeadline } = rotation;
    if (Date.now() < Date.parse(hardDeadline)) return;
    rotation.setWaiting('blocked', {
      for: `a person to abort: the hard deadline ${hardDeadline} has passed`,
      cause: 'deadline',
      laggards: [],
    });
    await rotation.interruptions.untilPersonOr(() => false);
  }
}

/**
 * Asks for an approval where the request wants one; once given it is not asked for again. `inTime`: what is
 * approved would be refused after the hard deadline, and so no approval is waited for any longer then.
 */
export async function requireApproval(
  rotation: Rotation,
  gate: ApprovalName,
  { inTime = false }: { readonly inTime?: boolean } = {},
): Promise<void> {
  const { interruptions } = rotation;
  const halt = inTime ? stopAfterDeadline : checkpoint;
  const isAutomatic = (): boolean => rotation.request.approvals[gate] === 'automatic';
  while (!rotation.isApproved(gate)) {
    if (isAutomatic()) {
      rotation.approve(gate, 'automatic');
      break;
    }
    await halt(rotation);
    rotation.setWaiting('waiting-for-approval', {
      for: `approval ${gate}`,
      approval: gate,
      laggards: [],
    });
    await interruptions.untilPersonOr(
      () => rotation.isApproved(gate) || isAutomatic() || interruptions.paused !== undefined,
      inTime ? untilMs(rotation.hardDeadline) : undefined,
    );
  }
  await halt(rotation);
  rotation.setRunning();
}

/** For a timer: at least a moment, at most a month, after which is looked anew. */
function untilMs(at: string): number {
  return Math.min(Math.max(Date.parse(at) - Date.now(), 1), 30 * 86_400_000);
}
