import { allOf } from '../convergence.ts';
import { identityUsesCurrentIssuer, issuerIs } from '../conditions.ts';
import type { IssuerKind } from '../trust.ts';
import type { Gate, GateName } from './gate.ts';

/** The issuer in the Secret is of one kind and every identity replica has taken it up. */
function issuerInUse(name: GateName, title: string, kind: IssuerKind): Gate {
  return {
    name,
    title,
    judge: (survey) => allOf([issuerIs(survey, kind), identityUsesCurrentIssuer(survey)]),
  };
}

export const issuerBridged = issuerInUse(
  'issuer-bridged',
  'every identity replica signs with the bridged issuer',
  'x',
);
export const issuerSwitched = issuerInUse(
  'issuer-switched',
  'every identity replica signs with an issuer under B',
  'b',
);
export const issuerSwungBack = issuerInUse(
  'issuer-swung-back',
  'every identity replica signs with an issuer under A again',
  'a',
);
export const bridgeReleased = issuerInUse(
  'bridge-released',
  'every identity replica signs with an issuer under B alone',
  'b',
);
