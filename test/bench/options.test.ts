import assert from 'node:assert/strict';
import { benchNames, BenchUsageError, parseBenchOptions } from './options.ts';

describe('the options of the bench', () => {
  it('measure everything on the real cluster by default', () => {
    assert.deepEqual(parseBenchOptions([]), {
      only: [...benchNames],
      cluster: 'real',
      sizes: [40, 400],
      pods: 10_000,
      check: false,
    });
  });

  it('choose what is measured, where, how large, and where it goes', () => {
    const args = '--only survey,probing --cluster simulated --sizes 40 --pods 500 --json o --check';
    assert.deepEqual(parseBenchOptions(args.split(' ')), {
      only: ['survey', 'probing'],
      cluster: 'simulated',
      sizes: [40],
      pods: 500,
      json: 'o',
      check: true,
    });
    assert.equal(parseBenchOptions(['--help']), undefined);
  });

  it('are refused with what there is instead', () => {
    const wrong = [
      ['--only', 'everything'],
      ['--cluster', 'kind'],
      ['--sizes', '40,many'],
      ['--sizes', ''],
      ['--pods', '3'],
      ['--pods', '1e9'],
      ['--loud'],
      ['survey'],
    ];
    for (const args of wrong) {
      assert.throws(() => parseBenchOptions(args), BenchUsageError, args.join(' '));
    }
  });
});
