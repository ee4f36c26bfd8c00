import { passGate, restartPass } from '../steps.ts';
import { swingBack } from '../ways-out.ts';
import type { Phase } from './phase.ts';
import { nothing } from './phase.ts';

/** Waits until proxies have refreshed their leaves, or restarts them; ends at G2. */
export const replacingLeaves: Phase = {
  name: 'ReplacingLeaves',
  enter: nothing,
  act: async (rotation) => {
    if (rotation.request.pace !== 'urgent') return;
    const under = { a: 'no', b: 'yes' } as const;
    await restartPass(rotation, 'leaves', { kind: 'replace-leaves', under });
  },
  gate: async (rotation) => {
    await passGate(rotation, 'leaves-under-new-anchor', {
      expectedMs: rotation.leafLifetimeMs,
      heal: true,
    });
  },
  abort: swingBack,
};
