import assert from 'node:assert/strict';
import { allChecks } from '../../../domain/checks/all-checks.ts';
import type { Check } from '../../../domain/checks/check.ts';
import type { CheckFacts, PkiFacts, TemporalFacts } from '../../../domain/checks/facts.ts';
import {
  checkFacts,
  found,
  meshFacts,
  pkiFacts,
  temporalFacts,
} from '../../support/check-facts.ts';

export const whole = { isBefore: false } as const;

export function rowsOf(
  facts: CheckFacts,
  temporal: TemporalFacts = temporalFacts(),
): readonly Check[] {
  return allChecks(facts, temporal, whole).flatMap(({ checks }) => checks);
}

/** The one check that is not a success; a fault that trips others too is not told apart. */
export function onlyProblem(facts: CheckFacts, temporal?: TemporalFacts): Check {
  const wrong = rowsOf(facts, temporal).filter(({ verdict }) => verdict !== 'success');
  assert.equal(wrong.length, 1, wrong.map(({ id, problem }) => `${id}: ${problem}`).join('\n'));
  const [first] = wrong;
  assert.ok(first);
  return first;
}

export function withPki(more: Partial<PkiFacts>): CheckFacts {
  return checkFacts({ pki: pkiFacts(more) });
}

export function withMesh(more: Parameters<typeof meshFacts>[0]): CheckFacts {
  return checkFacts({ mesh: found(meshFacts(more)) });
}
