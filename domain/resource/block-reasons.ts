import type { BlockCause } from '../rotation-state.ts';

/** What blocks a rotation, as the reason of the condition `Blocked`. */
export const blockReasons: Readonly<Record<BlockCause, string>> = {
  'foreign-hands': 'ForeignHands',
  gate: 'GateLate',
  invariant: 'InvariantRefuses',
  step: 'StepFailed',
  workloads: 'WorkloadsStuck',
  plan: 'PlanBlocked',
  deadline: 'DeadlinePassed',
  import: 'ImportAwaited',
};
