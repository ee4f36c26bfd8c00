import assert from 'node:assert/strict';
import { proxy } from '../support/survey-builder.ts';
import { FakeDeployments } from './fake-deployments.ts';
import { both, converged, done, lagging, restart, rolling, since } from './restart-fixture.ts';

describe('the attempts of a pass of restarts', () => {
  it('does not count restarts of another occasion', async () => {
    const before = both(3).replace(since, '2026-05-01T00:00:00.000Z');
    const proxies = [proxy('web', 'A', 'a', { restartMarker: before })];
    const deployments = new FakeDeployments({ web: { statuses: [done] } });

    await restart(deployments, [{ ...lagging, proxies }]);

    assert.deepEqual(deployments.markers, [`web ${both(1)}`]);
  });

  it('counts what an attempt that was cut off has left rolling to its wave', async () => {
    const marker = { restartMarker: both(1) };
    const cutOff = { ...lagging, proxies: [proxy('web', 'A', 'a'), proxy('db', 'A', 'a', marker)] };
    const deployments = new FakeDeployments({
      web: { statuses: [done] },
      db: { statuses: [rolling, rolling, done] },
    });

    const { result } = await restart(deployments, [cutOff, cutOff], { waveSize: 1 });

    assert.deepEqual([result.restarted, result.lacking], [[], 2]);
    assert.deepEqual(deployments.markers, []);
  });

  it('tells of a pod that lags although its workload has rolled out with the marker', async () => {
    const template = { metadata: { annotations: { 'trust.linkerd.io/rotation': both(1) } } };
    const deployments = new FakeDeployments({
      web: { spec: { replicas: 0, template }, statuses: [{ observedGeneration: 1 }] },
      db: { statuses: [done] },
    });

    const { result } = await restart(deployments, [lagging, converged]);

    assert.deepEqual(result.restarted, ['Deployment shop/db']);
    assert.match(result.stuck[0]?.reason ?? '', /has rolled out, .*: pod shop\/web-1$/);
  });

  it('leaves nothing rolling unwatched where one of a wave fails', async () => {
    const deployments = new FakeDeployments({
      web: { statuses: [done, done, rolling, rolling, done] },
      db: { statuses: [done], failsWith: 'connection reset' },
    });

    await assert.rejects(restart(deployments, [lagging]), /connection reset/);

    assert.equal(deployments.statusesLeft('web'), 0);
  });
});
