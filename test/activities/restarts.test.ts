import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { Survey } from '../../domain/survey.ts';
import { injector, objects, proxy } from '../support/survey-builder.ts';
import { contextAfter } from './activity-fixture.ts';
import { FakeDeployments } from './fake-deployments.ts';
import { both, converged, done, lagging, restart, rolling } from './restart-fixture.ts';

describe('restartWave', () => {
  it('has nothing to do where nothing lacks what is wanted', async () => {
    const deployments = new FakeDeployments({});

    const { result } = await restart(deployments, [converged]);

    assert.deepEqual([result.restarted, result.lacking, result.stuck], [[], 0, []]);
    assert.deepEqual(deployments.markers, []);
  });

  it('marks each workload that lags, and waits until it has rolled out', async () => {
    const deployments = new FakeDeployments({
      web: { statuses: [done, done, rolling, done] },
      db: { statuses: [done] },
    });

    const { result, heartbeats, slept } = await restart(deployments, [lagging, converged]);

    assert.deepEqual(result.restarted, ['Deployment shop/web', 'Deployment shop/db']);
    assert.equal(result.lacking, 2);
    assert.deepEqual(deployments.markers.toSorted(), [`db ${both(1)}`, `web ${both(1)}`]);
    assert.deepEqual(heartbeats.at(-1), { text: 'Deployment shop/web: 0 of 1 replicas updated' });
    assert.deepEqual(slept, [1_000]);
  });

  describe('while no injector is up', () => {
    for (const [how, injectors] of [
      ['because there is none', []],
      ['because none is Ready', [injector('A,B', { isDown: true })]],
      ['because the last one is ending', [injector('A,B', { isTerminating: true })]],
    ] as const) {
      it(`restarts no workload that it would not get a proxy for, ${how}`, async () => {
        const deployments = new FakeDeployments({ web: { statuses: [done] } });

        await assert.rejects(restart(deployments, [{ ...lagging, injectors }]), (error) => {
          assert.ok(error instanceof ApplicationFailure && error.nonRetryable);
          assert.equal(error.type, 'MutationRefused');
          assert.match(
            error.message,
            /^the proxy injector to be up before workloads are restarted/,
          );
          assert.match(JSON.stringify(error.details), /Deployment linkerd-proxy-injector/);
          return true;
        });
        assert.deepEqual(deployments.markers, []);
      });
    }

    it('restarts the control plane, which does not need it and may bring it back', async () => {
      const deployments = new FakeDeployments({ 'linkerd-proxy-injector': { statuses: [done] } });
      const stale = injector('A', { isDown: true });

      const { result } = await restart(deployments, [{ ...lagging, injectors: [stale] }]);

      assert.deepEqual(result.restarted, ['Deployment linkerd/linkerd-proxy-injector']);
    });
  });

  it('takes no more than a wave, and tells how many lacked it', async () => {
    const deployments = new FakeDeployments({
      web: { statuses: [done] },
      db: { statuses: [done] },
    });

    const { result } = await restart(deployments, [lagging, lagging], { waveSize: 1 });

    assert.deepEqual(result.restarted, ['Deployment shop/web']);
    assert.equal(result.lacking, 2);
  });

  it('waits for a rollout that is under way instead of beginning another', async () => {
    const deployments = new FakeDeployments({
      web: { statuses: [rolling, rolling, done] },
      db: { statuses: [done] },
    });

    const { result } = await restart(deployments, [lagging, converged]);

    assert.deepEqual(result.restarted, ['Deployment shop/db']);
    assert.deepEqual(deployments.markers, [`db ${both(1)}`]);
  });

  it('looks once more at what it has restarted before it restarts that again', async () => {
    const marker = { restartMarker: both(1) };
    const silent = { ...lagging, proxies: [proxy('web', 'unknown', 'a', marker)] };
    const answering = { ...lagging, proxies: [proxy('web', 'A,B', 'a', marker)] };
    const deployments = new FakeDeployments({ web: { statuses: [done] } });

    const { result, slept } = await restart(deployments, [silent, answering]);

    assert.deepEqual([result.restarted, result.lacking, slept.length], [[], 0, 1]);
    assert.deepEqual(deployments.markers, []);
  });

  it('counts attempts by the markers on pods, and leaves the fourth to a person', async () => {
    const marked = (attempt: number): Survey => ({
      ...lagging,
      proxies: [proxy('web', 'A', 'a', { restartMarker: both(attempt) })],
    });
    const deployments = new FakeDeployments({ web: { statuses: [done] } });

    await restart(deployments, [marked(2)]);
    assert.deepEqual(deployments.markers, [`web ${both(3)}`]);

    const { result } = await restart(deployments, [marked(3)]);
    assert.deepEqual(result.restarted, []);
    assert.match(
      result.stuck[0]?.reason ?? '',
      /was restarted 3 times and still lags: pod shop\/web-1/,
    );
  });

  it('reports what cannot be restarted, and what does not come up in time', async () => {
    const deployments = new FakeDeployments({
      web: { spec: { paused: true }, statuses: [done] },
      db: { statuses: [done, done, rolling] },
    });

    const { result, slept } = await restart(deployments, [lagging]);

    assert.deepEqual(
      result.stuck.map(({ what, reason }) => `${what}: ${reason}`),
      [
        'Deployment shop/web: its rollout is paused: resume it ("kubectl rollout resume")',
        'Deployment shop/db: 0 of 1 replicas updated',
      ],
    );
    assert.equal(
      slept.reduce((sum, ms) => sum + ms, 0),
      10_000,
    );
  });

  it('names fifty of many that are stuck, and counts the rest', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `web-${String(index)}`);
    const many = { ...lagging, proxies: names.map((name) => proxy(name, 'A', 'a')) };
    const stuck = { spec: { paused: true }, statuses: [done] };
    const deployments = new FakeDeployments(
      Object.fromEntries(names.map((name) => [name, stuck] as const)),
    );

    const { result } = await restart(deployments, [many], { waveSize: 1_000 });

    assert.deepEqual([result.lacking, result.stuck.length, result.unnamed], [60, 50, 10]);
  });

  it('stops where a workload came up without a proxy, which no survey would see', async () => {
    const deployments = new FakeDeployments({
      web: { statuses: [done] },
      db: { statuses: [done] },
    });
    deployments.unmeshed.push('web-2');

    await assert.rejects(restart(deployments, [lagging]), (error: unknown) => {
      assert.ok(error instanceof ApplicationFailure);
      assert.equal(error.type, 'UnmeshedPods');
      assert.match(
        error.message,
        /^Deployment shop\/web came up without a proxy: pod web-2\. Next /,
      );
      return true;
    });
  });

  it('restarts a workload that lost a replica after it had rolled out: there is nothing to wait for', async () => {
    const conditions = [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }];
    const degraded = { ...done, availableReplicas: 0, conditions };
    const deployments = new FakeDeployments({
      web: { statuses: [degraded, degraded, done] },
      db: { statuses: [done] },
    });

    await restart(deployments, [lagging, converged]);

    assert.deepEqual(deployments.markers.toSorted(), [`db ${both(1)}`, `web ${both(1)}`]);
  });

  it('gives up a rollout that failed at once, and a workload that is not there while its pods are', async () => {
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' },
    ];
    const deployments = new FakeDeployments({ web: { statuses: [{ ...done, conditions }] } });

    const { result, slept } = await restart(deployments, [lagging]);

    assert.deepEqual(
      result.stuck.map(({ reason }) => reason),
      ['it exceeded its progress deadline', 'is not there, and its pods are: pod shop/db-1'],
    );
    assert.deepEqual(slept, []);
  });

  it('gives injectors the time that a mounted bundle takes before it counts them as stale', async () => {
    const stale: Survey = { ...lagging, injectors: [injector('A')] };
    const deployments = new FakeDeployments({
      web: { statuses: [done] },
      db: { statuses: [done] },
    });

    const { result, heartbeats, slept } = await restart(deployments, [stale, stale, lagging]);

    assert.deepEqual(slept, [1_000, 1_000]);
    assert.match(
      JSON.stringify(heartbeats),
      /waiting until mounted copies of the new bundle are fresh/,
    );
    assert.equal(result.restarted.length, 2);
  });

  it('restarts an injector that stays stale, and nothing with it', async () => {
    const stale: Survey = { ...lagging, injectors: [injector('A')] };
    const deployments = new FakeDeployments({ 'linkerd-proxy-injector': { statuses: [done] } });

    const { result, slept } = await restart(deployments, [stale]);

    assert.deepEqual(result.restarted, ['Deployment linkerd/linkerd-proxy-injector']);
    assert.deepEqual(slept, [1_000, 1_000, 1_000]);
  });

  it('stops at what the invariants refuse: what comes back would not accept a live leaf', async () => {
    const unsafe: Survey = { ...lagging, proxies: [...lagging.proxies, proxy('old', 'A', 'b')] };
    const onlyA: Survey = { ...unsafe, objects: objects() };
    const deployments = new FakeDeployments({ web: { statuses: [done] } });

    await assert.rejects(
      restart(deployments, [onlyA], { context: contextAfter(onlyA) }),
      /I2 refuses: pod shop\/old-1/,
    );
    assert.deepEqual(deployments.markers, []);
  });
});
