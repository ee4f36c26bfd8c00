import assert from 'node:assert/strict';
import { maxNamedLaggards } from '../../../domain/convergence.ts';
import { fleetHoldsBoth } from '../../../domain/gates/fleet-holds-both.ts';
import { reportOn } from '../../../domain/gates/gate.ts';
import { proxy, survey, uniform } from '../../support/survey-builder.ts';

describe('reportOn', () => {
  it('says that a gate passed, when, and over how much', () => {
    const full = uniform('A,B', 'a');

    assert.deepEqual(reportOn(fleetHoldsBoth, full), {
      gate: 'fleet-holds-both',
      title: fleetHoldsBoth.title,
      passed: true,
      converged: 6,
      total: 6,
      laggards: [],
      unnamed: 0,
      at: full.takenAt,
    });
  });

  it('names the first laggards and counts the rest', () => {
    const names = Array.from({ length: maxNamedLaggards + 5 }, (_, index) => `web-${index}`);
    const mesh = survey({
      ...uniform('A,B', 'a'),
      proxies: names.map((name) => proxy(name, 'A', 'a')),
    });

    const report = reportOn(fleetHoldsBoth, mesh);

    assert.equal(report.passed, false);
    assert.equal(report.laggards.length, maxNamedLaggards);
    assert.equal(report.unnamed, 5);
  });
});
