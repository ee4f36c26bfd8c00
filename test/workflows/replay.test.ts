import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { bundleWorkflowCode, Worker } from '@temporalio/worker';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { workflowsPath } from '../../worker/bundle-workflows.ts';
import { quietLogger, quietRuntime } from '../support/quiet-runtime.ts';

const histories = new URL('../histories/', import.meta.url);
const workflowId = 'trust-rotation/replayed';

/** `0.1.0/bridge-steady.json` and its like. */
async function recordedHistories(): Promise<readonly string[]> {
  const files = await readdir(histories, { recursive: true });
  return files.filter((file) => file.endsWith('.json')).toSorted();
}

function read(name: string): Promise<string> {
  return readFile(new URL(name, histories), 'utf8');
}

describe('the workflow code', () => {
  let workflowBundle: WorkflowBundleWithSourceMap;

  before(async () => {
    quietRuntime();
    workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: quietLogger });
  });

  async function replay(json: string): Promise<void> {
    const history: unknown = JSON.parse(json);
    await Worker.runReplayHistory({ workflowBundle }, historyFromJSON(history), workflowId);
  }

  it('replays every rotation that a release has recorded', async () => {
    const names = await recordedHistories();
    assert.ok(names.length >= 3, 'there are recorded histories');
    for (const name of names) await replay(await read(name));
  });

  it('is found out when it would have asked for another activity than it did', async () => {
    const [name = ''] = await recordedHistories();
    const other = (await read(name)).replaceAll('"renewTrustAnchor"', '"renewAnotherAnchor"');
    await assert.rejects(replay(other), { name: 'DeterminismViolationError' });
  });
});
