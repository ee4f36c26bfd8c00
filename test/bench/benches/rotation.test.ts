import assert from 'node:assert/strict';
import { rowsOf } from './rotation.ts';

describe('the bench of a whole rotation', () => {
  it('judges the time for the size that it has a goal for, and no other', () => {
    const bare = { wallMs: 100_000, turnoverMs: 10_000 };
    const full = { wallMs: 120_000, turnoverMs: 10_000, historyEvents: 300, historyBytes: 300_000 };
    const timesMet = [40, 400, 4_000].map((proxies) => rowsOf(proxies, bare, full)[0]?.met);
    assert.deepEqual(timesMet, [undefined, false, undefined]);
  });
});
