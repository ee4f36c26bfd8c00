import assert from 'node:assert/strict';
import { renewalTimeMs } from '../../domain/renewal-time.ts';

const hourMs = 3_600_000;
const life = { notBeforeMs: 0, notAfterMs: 90 * hourMs };

describe('renewalTimeMs', () => {
  it('counts back from the end', () => {
    assert.equal(renewalTimeMs({ ...life, renewBeforeMs: 20 * hourMs }), 70 * hourMs);
    assert.equal(renewalTimeMs({ ...life, renewBeforePercentage: 50 }), 45 * hourMs);
  });

  it('is a third of the life before it where nothing is set, or nothing that fits', () => {
    assert.equal(renewalTimeMs(life), 60 * hourMs);
    assert.equal(renewalTimeMs({ ...life, renewBeforeMs: 90 * hourMs }), 60 * hourMs);
  });
});
