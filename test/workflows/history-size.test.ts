import assert from 'node:assert/strict';
import { meshOf } from './mesh-model.ts';
import { rotationBench } from './rotation-bench.ts';

/** Ten pods each, four thousand in all. */
const workloads = 400;
/** Temporal warns at 10,240 events and ends a workflow at 51,200; a person still reads this many. */
const mostEvents = 800;
const mostBytes = 2 * 1_024 * 1_024;

describe('the history of a rotation of 4,000 proxies', () => {
  for (const method of ['bridge', 'overlap'] as const) {
    it(`is one that can be read, by method ${method}`, async () => {
      const bench = await rotationBench('cached');
      const timings = { rolloutTimeoutMs: 60_000 };
      const rotation = await bench.start({ mesh: meshOf(workloads, 10), method, timings });

      const report = await rotation.handle.result();

      assert.equal(report.outcome, 'completed');
      const { runId, historyLength, raw } = await rotation.handle.describe();
      assert.equal(runId, rotation.handle.firstExecutionRunId);
      const bytes = Number(raw.workflowExecutionInfo?.historySizeBytes);
      const found = `${String(historyLength)} events, ${String(bytes)} bytes`;
      assert.ok(historyLength <= mostEvents && bytes <= mostBytes, found);
      await bench.clean();
    });
  }
});
