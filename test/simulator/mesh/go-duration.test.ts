import assert from 'node:assert/strict';

import fc from 'fast-check';

import {
  formatGoDuration,
  parseGoDurationMs,
} from '../../../simulator/mesh/identity/go-duration.ts';

const hourMs = 3_600_000;

describe('durations in the arguments of containers', () => {
  it('are written as Go writes them', () => {
    const written = [0, 500, 1_500, 20_000, 60_000, 90_000, hourMs, 24 * hourMs];

    assert.deepEqual(
      written.map((ms) => formatGoDuration(ms)),
      ['0s', '500ms', '1.5s', '20s', '1m0s', '1m30s', '1h0m0s', '24h0m0s'],
    );
  });

  it('are read as what was written', () => {
    fc.assert(
      fc.property(fc.nat(1_000 * hourMs), (ms) => {
        assert.equal(Math.round(parseGoDurationMs(formatGoDuration(ms))), ms);
      }),
    );
  });

  it('are refused where Go would refuse them', () => {
    assert.throws(() => parseGoDurationMs('1 day'), /Not a Go duration: 1 day/);
  });
});
