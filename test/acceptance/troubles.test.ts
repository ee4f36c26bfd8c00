import assert from 'node:assert/strict';
import { useBench } from './support/bench.ts';
import {
  controlPlane,
  generationsOf,
  renameAnchorByHand,
  restartsSince,
} from './support/by-hand.ts';
import { assertRotated } from './support/end-states.ts';
import { FrozenManifest, neverReadyAgain, podsOf } from './support/mesh-troubles.ts';
import { bothRequired } from './support/requests.ts';
import { scenarioTimeoutMs } from './support/patience.ts';

describe('a rotation in a mesh with troubles', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench();

  it('is blocked by a pod that came after the gate, and by a workload that does not become Ready', async () => {
    const manifest = await FrozenManifest.take(bench());
    const run = await bench().rotate({
      method: 'overlap',
      pace: 'urgent',
      approvals: bothRequired,
    });
    await run.untilAsked('switch-issuer');
    await manifest.apply();
    await run.approve('switch-issuer');
    await run.untilBlockedBy('pod shop/legacy');
    await manifest.delete();

    await run.untilAsked('retire-anchor');
    const release = neverReadyAgain(bench(), 'web');
    await run.approve('retire-anchor');
    await run.untilBlockedBy('Deployment shop/web');
    release();
    await assertRotated(bench(), await run.ends('completed'));
  });

  it('restarts an injector with a stale mount, and an identity replica that missed the issuer', async () => {
    await bench().mark();
    const before = await generationsOf(bench(), controlPlane);
    const [injector = ''] = await podsOf(bench(), 'proxy-injector');
    bench().mesh.freezeMount(injector);
    await renameAnchorByHand(bench(), 'root-2.linkerd.cluster.local');
    const run = await bench().rotate({
      method: 'overlap',
      pace: 'urgent',
      approvals: { ...bothRequired, 'retire-anchor': 'automatic' },
      timings: { issuerReloadTimeoutMs: 5_000 },
    });
    await run.untilAsked('switch-issuer');
    const [identity = ''] = await podsOf(bench(), 'identity');
    bench().mesh.missNextReload(identity);
    await run.approve('switch-issuer');
    const report = await run.ends('completed');
    assert.match(JSON.stringify(report.notes), /missed the new issuer/);
    const [injectors = 0, , identities = 0] = await restartsSince(bench(), before, controlPlane);
    assert.ok(injectors >= 2 && identities >= 3, `restarted ${injectors} and ${identities} times`);
    await assertRotated(bench(), report);
  });
});
