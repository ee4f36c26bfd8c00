import assert from 'node:assert/strict';
import { folderCoverage } from './coverage-thresholds.ts';

function lines(total: number, covered: number): { lines: { total: number; covered: number } } {
  return { lines: { total, covered } };
}

describe('folderCoverage', () => {
  it('adds up the lines of the files in each folder', () => {
    const folders = folderCoverage(
      {
        total: lines(1000, 1),
        '/repo/domain/a.ts': lines(100, 90),
        '/repo/domain/gates/b.ts': lines(300, 300),
        '/repo/domain-other/c.ts': lines(100, 0),
        '/repo/mesh/d.ts': lines(10, 8),
      },
      '/repo',
    );

    assert.deepEqual(folders, [
      { folder: 'domain', percent: 97.5, required: 95 },
      { folder: 'mesh', percent: 80, required: 85 },
      { folder: 'activities', percent: 0, required: 85 },
    ]);
  });
});
