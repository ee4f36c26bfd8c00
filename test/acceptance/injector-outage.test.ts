import assert from 'node:assert/strict';
import { useBench } from './support/bench.ts';
import { appWorkloads, generationsOf, restartsSince } from './support/by-hand.ts';
import { assertRotated } from './support/end-states.ts';
import { withoutInjector } from './support/mesh-troubles.ts';
import { scenarioTimeoutMs } from './support/patience.ts';
import { bothAutomatic } from './support/requests.ts';

describe('a rotation while the proxy injector is down', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench();

  it('restarts nothing that would come back without a proxy, and goes on when it is back', async () => {
    await bench().mark();
    const before = await generationsOf(bench(), appWorkloads);
    const proxiesBefore = appProxies();
    const run = await bench().rotate({
      pace: 'urgent',
      approvals: { ...bothAutomatic, 'switch-issuer': 'required' },
    });
    await run.untilAsked('switch-issuer');
    const bringBack = await withoutInjector(bench());
    await run.approve('switch-issuer');
    const { waiting } = await run.untilBlockedBy('linkerd-proxy-injector');
    assert.match(
      waiting?.for ?? '',
      /^the proxy injector to be up before workloads are restarted: it has no Ready replica/,
    );
    assert.deepEqual(await restartsSince(bench(), before), [0, 0]);
    await bringBack();
    const report = await run.ends('completed');
    assert.equal(appProxies(), proxiesBefore);
    await assertRotated(bench(), report);
  });

  function appProxies(): number {
    return bench()
      .mesh.proxies()
      .filter(({ pod }) => pod.startsWith('shop/')).length;
  }
});
