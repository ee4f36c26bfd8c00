import { allOf } from '../convergence.ts';
import { proxiesAcceptBridge, verifiersAccept } from '../conditions.ts';
import { issuerVerifiesUnder } from '../trust.ts';
import type { Gate } from './gate.ts';

/** Asked of every live proxy before the switch, so that theory and versions need not be believed. */
export const fleetAcceptsBridge: Gate = {
  name: 'fleet-accepts-bridge',
  title: 'every live proxy accepts a certificate behind the bridge',
  judge: (survey) =>
    allOf([proxiesAcceptBridge(survey), verifiersAccept(survey, issuerVerifiesUnder.x)]),
};
