import { bundleIs } from '../conditions.ts';
import type { Gate } from './gate.ts';

/** Pods that start from now on are given B alone. */
export const bundleHoldsNewOnly: Gate = {
  name: 'bundle-holds-new-only',
  title: 'the trust bundle holds B alone in every target namespace',
  judge: (survey) => bundleIs(survey, { a: 'no', b: 'yes' }),
};
