import { allOf } from '../convergence.ts';
import { injectorsHandOut, verifiersHold } from '../conditions.ts';
import type { Gate } from './gate.ts';

/** G1 of the overlap: from here on a leaf under either anchor is good for everyone. */
export const fleetHoldsBoth: Gate = {
  name: 'fleet-holds-both',
  title: 'every live verifier holds A and B, and injectors hand out both (G1)',
  judge: (survey) =>
    allOf([
      verifiersHold(survey, { a: 'yes', b: 'yes' }),
      injectorsHandOut(survey, { a: 'yes', b: 'yes' }),
    ]),
};
