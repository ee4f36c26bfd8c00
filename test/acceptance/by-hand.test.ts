import assert from 'node:assert/strict';
import { useBench } from './support/bench.ts';
import {
  bundleSettled,
  controlPlane,
  issuerCertificate,
  renewAnchorByHand,
  renewByHand,
  restartByHand,
} from './support/by-hand.ts';
import { assertMeshIsUnderB } from './support/end-states.ts';
import { failedSince, markTraffic } from './support/handshakes.ts';
import { waitFor } from '../support/wait-for.ts';
import { shortTimings } from './support/requests.ts';
import { scenarioTimeoutMs } from './support/patience.ts';

describe('a rotation that was begun by hand in the unsafe order', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ leafLifetimeMs: 30_000 });

  it('heals the mesh: handshakes fail before it, and none after', async () => {
    const { mesh } = bench();
    await bench().mark();
    const beginning = markTraffic(mesh.traffic);
    await renewAnchorByHand(bench());
    await bundleSettled(bench(), shortTimings.settleMs);
    await renewByHand(bench().kube, issuerCertificate);
    await restartByHand(bench(), controlPlane);
    await waitFor(() => failedSince(mesh.traffic, beginning) > 0, {
      what: 'handshakes to fail, as they must between {A}/a and {A,B}/b',
    });

    const run = await bench().rotate();
    const report = await run.ends('completed');
    assert.equal(report.method, 'bridge');
    await assertMeshIsUnderB(bench(), report);
    const healed = markTraffic(mesh.traffic);
    await waitFor(() => mesh.traffic.snapshot().tried > healed.tried + 150, {
      what: '150 more handshakes',
    });
    assert.equal(failedSince(mesh.traffic, healed), 0);
  });
});
