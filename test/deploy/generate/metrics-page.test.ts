import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { metricsPage, metricsPagePath } from '../../../deploy/generate/metrics-page.ts';

const root = path.join(import.meta.dirname, '../../..');

describe('the page about metrics', () => {
  it('is what the worker serves: "npm run generate" writes it again', async () => {
    assert.equal(await readFile(path.join(root, metricsPagePath), 'utf8'), await metricsPage());
  });
});
