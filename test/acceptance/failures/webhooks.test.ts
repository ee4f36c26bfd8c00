import assert from 'node:assert/strict';
import { useBench } from '../support/bench.ts';
import { appWorkloads, generationsOf, restartsSince } from '../support/by-hand.ts';
import { clusterKind } from '../support/empty-cluster.ts';
import { assertRotated } from '../support/end-states.ts';
import { withoutInjector } from '../support/mesh-troubles.ts';
import { notRun } from '../support/not-run.ts';
import { scenarioTimeoutMs } from '../support/patience.ts';
import { bothAutomatic } from '../support/requests.ts';

describe('a rotation while a webhook is down', function () {
  this.timeout(scenarioTimeoutMs);
  const bench = useBench({ leafLifetimeMs: 30_000 });

  it('restarts nothing that would come back without a proxy, and goes on with the injector', async () => {
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

  it("names cert-manager's, and goes on when it is back and a person resumes", async function () {
    if (clusterKind === 'real')
      notRun(this, 'a real cluster of the suite has no webhook of cert-manager');
    const { webhook } = bench().environment;
    const run = await bench().rotate({
      approvals: { ...bothAutomatic, 'switch-issuer': 'required' },
    });
    await run.untilAsked('switch-issuer');
    webhook?.pause();
    await run.approve('switch-issuer');
    const { waiting } = await run.untilBlockedBy('webhook.cert-manager.io');
    assert.match(
      JSON.stringify(waiting),
      /Next step: look at the pods behind Service cert-manager\/cert-manager-webhook/,
    );
    webhook?.resume();
    await run.resume();
    await assertRotated(bench(), await run.ends('completed'));
  });

  function appProxies(): number {
    return bench()
      .mesh.proxies()
      .filter(({ pod }) => pod.startsWith('shop/')).length;
  }
});
