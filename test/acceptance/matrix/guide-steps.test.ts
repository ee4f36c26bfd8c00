import assert from 'node:assert/strict';
import { useBench } from '../support/bench.ts';
import type { Bench } from '../support/bench.ts';
import {
  appWorkloads,
  bundleSettled,
  controlPlane,
  copyAnchorByHand,
  issuerCertificate,
  leavesRefreshed,
  renewAnchorByHand,
  renewByHand,
  restartByHand,
} from '../support/by-hand.ts';
import { lookAtCluster } from '../support/cluster-sights.ts';
import { assertRotated, assertUntouched } from '../support/end-states.ts';
import { shortTimings } from '../support/requests.ts';
import { scenarioTimeoutMs, stateTimeoutMs } from '../support/patience.ts';
import { refreshedLeafMs } from '../support/environment.ts';

interface Step {
  readonly name: string;
  readonly take: (bench: Bench) => Promise<unknown>;
}

const restartEverything = async (bench: Bench): Promise<void> => {
  await bundleSettled(bench, shortTimings.settleMs);
  await restartByHand(bench, [...appWorkloads, ...controlPlane]);
};

/** Linkerd's guide "Automatically Rotating Control Plane TLS Credentials", in its own order. */
const guide: readonly Step[] = [
  { name: '1, the anchor is renewed', take: renewAnchorByHand },
  { name: '2, everything is restarted', take: restartEverything },
  { name: '3, the issuer is renewed', take: ({ kube }) => renewByHand(kube, issuerCertificate) },
  { name: '4, leaves are refreshed', take: (bench) => leavesRefreshed(bench, stateTimeoutMs) },
  { name: '5, the anchor is copied over the previous one', take: copyAnchorByHand },
];

describe("a rotation that was begun by hand with Linkerd's guide", function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ leafLifetimeMs: refreshedLeafMs });

  for (const [index, { name }] of guide.entries()) {
    it(`goes on from step ${name}`, async () => {
      await bench().mark();
      for (const { take } of guide.slice(0, index + 1)) await take(bench());
      const run = await bench().rotate();
      await assertRotated(bench(), await run.ends('completed'));
    });
  }

  it('is told that nothing is left to do after the last step', async () => {
    const { trustAnchor } = await lookAtCluster(bench().kube);
    for (const { take } of guide) await take(bench());
    await restartEverything(bench());
    await bench().mark();
    const run = await bench().rotate({ replaces: trustAnchor[0] ?? '' });
    const report = await run.ends('already-rotated');
    assert.deepEqual(report.restarts, { waves: 0, workloads: 0 });
    await assertUntouched(bench());
  });
});
