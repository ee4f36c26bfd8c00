import assert from 'node:assert/strict';
import { waitFor } from '../../support/wait-for.ts';
import { useBench } from '../support/bench.ts';
import {
  appWorkloads,
  controlPlane,
  generationsOf,
  issuerCertificate,
  renewAnchorByHand,
  renewByHand,
  restartByHand,
  restartsSince,
} from '../support/by-hand.ts';
import { assertMeshIsUnderB } from '../support/end-states.ts';
import { scenarioTimeoutMs, stateTimeoutMs } from '../support/patience.ts';

describe('a mesh that was rotated by hand in the unsafe order', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ leafLifetimeMs: 10_000 });

  it('is healed by restarts where leaves have expired, even if identity was restarted at once', async () => {
    await bench().mark();
    const before = await generationsOf(bench(), appWorkloads);
    await renewAnchorByHand(bench());
    await renewByHand(bench().kube, issuerCertificate);
    await restartByHand(bench(), controlPlane);
    await waitFor(() => bench().mesh.proxies().every(isLockedOut), {
      what: 'every application to hold a leaf that has expired',
      timeoutMs: stateTimeoutMs,
    });

    const run = await bench().rotate();
    const report = await run.ends('completed');
    await assertMeshIsUnderB(bench(), report);
    const restarts = await restartsSince(bench(), before);
    assert.ok(
      restarts.every((times) => times >= 2),
      `restarted ${restarts.join(' and ')} times: once to heal, once to let go of A`,
    );
  });
});

function isLockedOut({ pod, leafNotAfter }: { pod: string; leafNotAfter?: string | undefined }) {
  return pod.startsWith('linkerd/') || Date.parse(leafNotAfter ?? '') < Date.now();
}
