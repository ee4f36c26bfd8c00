import { bundleIs } from '../conditions.ts';
import type { Gate } from './gate.ts';

/** Pods that start from now on can be given A and B. */
export const bundleHoldsBoth: Gate = {
  name: 'bundle-holds-both',
  title: 'the trust bundle holds A and B in every target namespace',
  judge: (survey) => bundleIs(survey, { a: 'yes', b: 'yes' }),
};
