import assert from 'node:assert/strict';
import { rowOf } from './row.ts';
import { figure, renderTable } from './table.ts';

const about = { bench: 'survey', name: 'survey: time', unit: 's', against: 'a list' };

describe('a row of the bench', () => {
  it('is a ratio, judged by its goal', () => {
    const goal = { of: 'ratio', atMost: 1.5 } as const;
    const met = rowOf({ ...about, value: 3, baseline: 2, goal });
    assert.deepEqual([met.ratio, met.met, met.goal], [1.5, true, '≤ 1.5×']);
    assert.equal(rowOf({ ...about, value: 4, baseline: 2, goal }).met, false);
  });

  it('may have its goal in its own unit, or none', () => {
    const least = rowOf({ ...about, value: 9, baseline: 3, goal: { of: 'value', atLeast: 10 } });
    assert.deepEqual([least.met, least.goal], [false, '≥ 10 s']);
    assert.equal(rowOf({ ...about, value: 9, baseline: 3 }).met, undefined);
  });

  it('misses its goal when it could not be measured', () => {
    const row = rowOf({ ...about, value: NaN, baseline: 1, goal: { of: 'value', atMost: 1 } });
    assert.equal(row.met, false);
  });
});

describe('the table of the bench', () => {
  it('shows each row with both figures, and a missed goal as missed', () => {
    const goal = { of: 'ratio', atMost: 1 } as const;
    const [heading, , line] = renderTable([
      rowOf({ ...about, value: 1_234.5, baseline: 100, goal }),
    ]);
    assert.match(heading ?? '', /^what\s+measured\s+against\s+ratio\s+goal\s+met$/);
    assert.equal(line, 'survey: time  1,235 s   100 s (a list)  12.3×  ≤ 1×  MISSED');
  });

  it('claims no more digits than the machine gives', () => {
    assert.deepEqual([0.012345, 4.5678, 1_234.5, Infinity].map(figure), [
      '0.0123',
      '4.57',
      '1,235',
      '–',
    ]);
  });
});
