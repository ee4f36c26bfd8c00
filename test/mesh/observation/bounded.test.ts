import assert from 'node:assert/strict';
import { mapBounded } from '../../../mesh/observation/bounded.ts';

describe('bounded parallel work', () => {
  it('keeps the order of the items and never does more than it may at once', async () => {
    let running = 0;
    let most = 0;
    const results = await mapBounded([5, 1, 4, 2, 3], 2, async (item) => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
      running -= 1;
      return item * 10;
    });
    assert.deepEqual(results, [50, 10, 40, 20, 30]);
    assert.equal(most, 2);
  });

  it('throws the first error once everything that ran has ended, and begins nothing after it', async () => {
    const begun: number[] = [];
    const failure = new Error('the second one fails');
    await assert.rejects(
      mapBounded([1, 2, 3, 4, 5], 2, async (item) => {
        begun.push(item);
        await Promise.resolve();
        if (item === 2) throw failure;
      }),
      failure,
    );
    assert.ok(begun.length < 5);
  });

  it('does nothing for no items', async () => {
    assert.deepEqual(await mapBounded([], 4, () => Promise.reject(new Error('never'))), []);
  });
});
