import assert from 'node:assert/strict';
import type { LabelSelector } from '../../mesh/label-selector.ts';
import { selects, selectorText } from '../../mesh/label-selector.ts';

const selector: LabelSelector = {
  matchLabels: { app: 'web' },
  matchExpressions: [
    { key: 'tier', operator: 'In', values: ['a', 'b'] },
    { key: 'zone', operator: 'NotIn', values: ['x'] },
    { key: 'mesh', operator: 'Exists' },
    { key: 'legacy', operator: 'DoesNotExist' },
  ],
};

describe('a label selector', () => {
  it('is written as a query', () => {
    const text = selectorText(selector);

    assert.equal(text, 'app=web,tier in (a,b),zone notin (x),mesh,!legacy');
    assert.equal(selectorText({}), '');
  });

  it('selects as the API server does', () => {
    const labels = { app: 'web', tier: 'b', mesh: '' };

    assert.equal(selects(selector, labels), true);
    assert.equal(selects({}, {}), true);
    for (const [key, value] of Object.entries({ app: 'db', tier: 'c', zone: 'x', legacy: '' })) {
      assert.equal(selects(selector, { ...labels, [key]: value }), false, key);
    }
    assert.equal(selects(selector, { app: 'web', tier: 'a' }), false, 'without mesh');
  });
});
