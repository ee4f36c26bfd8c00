import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Component } from '../../real-cluster/component.ts';
import { useBench } from '../support/bench.ts';
import { assertRotated } from '../support/end-states.ts';
import { requireRealCluster } from '../support/real-cluster-only.ts';
import { bothRequired } from '../support/requests.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';

/** As long as a controller may be away while its pod is moved to another node. */
const downMs = 60_000;
const etcdStallMs = 3_000;

describe('a rotation on a control plane that fails', function () {
  this.timeout(scenarioTimeoutMs);
  requireRealCluster();
  const bench = useBench();

  it('goes on after the API server was restarted, and with an etcd that answers late', async () => {
    const { apiServer, etcd } = controlPlane();
    const run = await bench().rotate({ pace: 'urgent', approvals: bothRequired });
    await run.untilPhase('RenewingTrustAnchor');
    await apiServer.restart();
    await stall(etcd);
    await run.untilAsked('switch-issuer');
    await run.approve('switch-issuer');
    await stall(etcd);
    await run.untilPhase('ReplacingLeaves');
    await stall(etcd);
    await run.untilAsked('retire-anchor');
    await run.approve('retire-anchor');
    await run.untilPhase('RetiringTrustAnchor');
    await apiServer.restart();
    await assertRotated(bench(), await run.ends('completed'));
  });

  it('goes on after cert-manager and trust-manager were away for a minute', async () => {
    const { certManager, trustManager } = controlPlane();
    const run = await bench().rotate({ pace: 'urgent' });
    await run.untilPhase('RenewingTrustAnchor');
    await Promise.all([certManager.stop(), trustManager.stop()]);
    await delay(downMs);
    await Promise.all([certManager.start(), trustManager.start()]);
    await assertRotated(bench(), await run.ends('completed'));
  });

  function controlPlane(): NonNullable<ReturnType<typeof bench>['environment']['controlPlane']> {
    const { controlPlane: processes } = bench().environment;
    assert.ok(processes, 'the real cluster gives its processes');
    return processes;
  }
});

async function stall(etcd: Component): Promise<void> {
  for (let stalls = 0; stalls < 3; stalls += 1) {
    etcd.pause();
    await delay(etcdStallMs);
    etcd.resume();
    await delay(etcdStallMs / 3);
  }
}
