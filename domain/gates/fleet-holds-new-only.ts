import { allOf } from '../convergence.ts';
import { injectorsHandOut, verifiersHold } from '../conditions.ts';
import type { Gate } from './gate.ts';

/** G3: nothing alive trusts A any more, and nothing new will. */
export const fleetHoldsNewOnly: Gate = {
  name: 'fleet-holds-new-only',
  title: 'every live verifier holds B and not A, and injectors hand out B alone (G3)',
  judge: (survey) =>
    allOf([
      verifiersHold(survey, { a: 'no', b: 'yes' }),
      injectorsHandOut(survey, { a: 'no', b: 'yes' }),
    ]),
};
