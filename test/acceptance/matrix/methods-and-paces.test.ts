import assert from 'node:assert/strict';
import type { RotationRequest } from '../../../domain/rotation-request.ts';
import { useBench } from '../support/bench.ts';
import { renameAnchorByHand } from '../support/by-hand.ts';
import { assertRotated } from '../support/end-states.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';
import { refreshedLeafMs } from '../support/environment.ts';

const ways: readonly Pick<RotationRequest, 'method' | 'pace'>[] = [
  { method: 'bridge', pace: 'natural' },
  { method: 'bridge', pace: 'steady' },
  { method: 'bridge', pace: 'urgent' },
  { method: 'overlap', pace: 'steady' },
  { method: 'overlap', pace: 'urgent' },
];

describe('every method at every pace', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ leafLifetimeMs: refreshedLeafMs });

  for (const [index, way] of ways.entries()) {
    it(`${way.method} ${way.pace} replaces an anchor by one of the same name`, async () => {
      const run = await bench().rotate(way);
      const report = await run.ends('completed');
      const { a, b } = report.anchors ?? {};
      assert.equal(a?.certificate.subject, b?.certificate.subject);
      await assertRotated(bench(), report);
    });

    it(`${way.method} ${way.pace} replaces an anchor by one of another name`, async () => {
      await bench().mark();
      await renameAnchorByHand(bench(), `root-${String(index)}.linkerd.cluster.local`);
      const run = await bench().rotate(way);
      const report = await run.ends('completed');
      const { a, b } = report.anchors ?? {};
      assert.notEqual(a?.certificate.subject, b?.certificate.subject);
      await assertRotated(bench(), report);
    });
  }
});
