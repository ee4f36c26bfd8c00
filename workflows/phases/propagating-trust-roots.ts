import { passGate, restartPass } from '../steps.ts';
import { hold } from '../ways-out.ts';
import type { Phase } from './phase.ts';
import { nothing } from './phase.ts';

/** Overlap only: restarts workloads until every verifier holds A and B (G1); linkerd-identity last. */
export const propagatingTrustRoots: Phase = {
  name: 'PropagatingTrustRoots',
  enter: nothing,
  act: async (rotation) => {
    await restartPass(rotation, 'both', { kind: 'hold', wanted: { a: 'yes', b: 'yes' } });
  },
  gate: async (rotation) => {
    await passGate(rotation, 'fleet-holds-both');
  },
  abort: hold,
};
