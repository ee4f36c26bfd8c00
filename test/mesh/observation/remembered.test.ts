import assert from 'node:assert/strict';
import { Remembered } from '../../../mesh/observation/remembered.ts';

describe('what is remembered', () => {
  it('is the newest, as many as there may be', () => {
    const remembered = new Remembered<number>(2);
    for (const [index, key] of ['one', 'two', 'three'].entries()) remembered.set(key, index);
    assert.deepEqual(
      ['one', 'two', 'three'].map((key) => remembered.get(key)),
      [undefined, 1, 2],
    );
  });
});
