import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { requireRecordable } from '../acceptance/support/known-outcomes.ts';

const fileOf = (name: string): string =>
  fileURLToPath(new URL(`../acceptance/${name}.test.ts`, import.meta.url));

describe('the record of what scenarios come to', () => {
  it('is not written from a real cluster', () => {
    assert.throws(() => {
      requireRecordable(fileOf('bridge'), 'real', true);
    }, /bridge\.test\.ts comes to on a real cluster.*Next step: record it without TRUST_ROTATION_CLUSTER=real/);
  });

  it('is written from the simulated one, and compared everywhere', () => {
    requireRecordable(fileOf('bridge'), 'simulated', true);
    requireRecordable(fileOf('bridge'), 'real', false);
  });

  it('is written from a real cluster for what runs nowhere else', () => {
    requireRecordable(fileOf('real/control-plane'), 'real', true);
  });
});
