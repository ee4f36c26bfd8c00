import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Laggard } from '../../domain/convergence.ts';
import {
  allOf,
  converge,
  convergeOne,
  isConverged,
  maxNamedLaggards,
  nothingToConverge,
  unnamedLaggards,
} from '../../domain/convergence.ts';

function laggard(what: string): Laggard {
  return { what, reason: 'lags', remedy: 'wait' };
}

function convergenceOf(states: readonly boolean[]): ReturnType<typeof converge> {
  return converge(
    states.map((done, index) => ({ done, index })),
    ({ done, index }) => (done ? undefined : laggard(`pod ${index}`)),
  );
}

describe('convergence', () => {
  it('counts what converged and names what did not, in the order of observation', () => {
    assert.deepEqual(convergenceOf([true, false, true, false]), {
      converged: 2,
      total: 4,
      laggards: [laggard('pod 1'), laggard('pod 3')],
    });
  });

  it('is reached by nothing at all', () => {
    assert.ok(isConverged(nothingToConverge));
    assert.ok(isConverged(convergenceOf([])));
  });

  it('of one thing is reached when there is no laggard', () => {
    assert.ok(isConverged(convergeOne(undefined)));
    assert.deepEqual(convergeOne(laggard('issuer')), {
      converged: 0,
      total: 1,
      laggards: [laggard('issuer')],
    });
  });

  it('names at most so many laggards and counts the rest', () => {
    const many = convergenceOf(Array.from({ length: maxNamedLaggards + 7 }, () => false));

    assert.equal(many.laggards.length, maxNamedLaggards);
    assert.equal(unnamedLaggards(many), 7);
    assert.equal(unnamedLaggards(allOf([many, many])), maxNamedLaggards + 14);
  });

  it('of many conditions is reached iff each of them is, and never names more than it counts', () => {
    const states = fc.array(fc.array(fc.boolean(), { maxLength: 80 }), { maxLength: 4 });
    fc.assert(
      fc.property(states, (parts) => {
        const whole = allOf(parts.map(convergenceOf));

        assert.equal(isConverged(whole), parts.flat().every(Boolean));
        assert.equal(whole.total, parts.flat().length);
        assert.equal(whole.converged, parts.flat().filter(Boolean).length);
        assert.ok(unnamedLaggards(whole) >= 0);
        assert.ok(whole.laggards.length <= maxNamedLaggards);
      }),
    );
  });
});
