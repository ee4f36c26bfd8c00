import { allOf } from '../convergence.ts';
import { issuersVerifyUnder, leavesVerifyUnder } from '../conditions.ts';
import type { Held } from '../trust.ts';
import type { Gate, GateName } from './gate.ts';

/** Every live leaf, and every issuer that makes new ones, is good for a verifier that holds `anchors` alone. */
function leavesTurnedOver(name: GateName, title: string, anchors: Held): Gate {
  return {
    name,
    title,
    judge: (survey) =>
      allOf([leavesVerifyUnder(survey, anchors), issuersVerifyUnder(survey, anchors)]),
  };
}

/** G2: only now may anything stop holding A. */
export const leavesUnderNewAnchor = leavesTurnedOver(
  'leaves-under-new-anchor',
  'every live leaf and every signing issuer verify under B (G2)',
  { a: 'no', b: 'yes' },
);
/** The mirror image, for the way back. */
export const leavesUnderOldAnchor = leavesTurnedOver(
  'leaves-under-old-anchor',
  'every live leaf and every signing issuer verify under A again',
  { a: 'yes', b: 'no' },
);
