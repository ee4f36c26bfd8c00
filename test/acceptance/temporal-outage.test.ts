import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../support/wait-for.ts';
import { useBench } from './support/bench.ts';
import { appWorkloads, generationsOf, markersOf, restartsSince } from './support/by-hand.ts';
import { assertRotated } from './support/end-states.ts';
import { outageMs, useUnreliableTemporal } from './support/outage.ts';
import { scenarioTimeoutMs, stateTimeoutMs } from './support/patience.ts';
import { conditionOf, ResourceInUse, shortSpec } from './support/rotation-resource.ts';
import { refreshedLeafMs } from './support/environment.ts';

describe('a rotation whose Temporal is gone for a while', function () {
  this.timeout(scenarioTimeoutMs + outageMs);
  const temporal = useUnreliableTemporal();
  const bench = useBench({
    leafLifetimeMs: refreshedLeafMs,
    isOperator: true,
    temporalAddress: () => Promise.resolve(temporal().address),
  });

  it('goes on where it was, and restarts nothing twice', async () => {
    const resource = new ResourceInUse(bench().kube);
    await bench().mark();
    await resource.installDefinition();
    const before = await generationsOf(bench(), appWorkloads);
    await resource.create({ ...shortSpec, pace: 'Urgent', trigger: 'first' });
    const run = await bench().startedRotation();
    await waitFor(async () => (await restartsSince(bench(), before)).some((times) => times > 0), {
      what: 'the first restart',
      timeoutMs: stateTimeoutMs,
    });

    await temporal().goAway();
    const gone = await resource.until(
      'that Temporal is gone',
      (status) => conditionOf(status, 'TemporalReachable') === 'False/Unreachable',
    );
    assert.match(gone.phase, /^(ReplacingLeaves|RetiringTrustAnchor)$/);
    const begun = run.state.phases.filter(({ state }) => state !== 'pending');
    await delay(outageMs);
    const during = await restartsSince(bench(), before);
    await temporal().comeBack();

    const report = await run.ends('completed');
    await resource.until(
      'that Temporal is back',
      (status) => conditionOf(status, 'TemporalReachable') === 'True/Answers',
    );
    assert.deepEqual(
      report.phases.slice(0, begun.length).map(({ startedAt }) => startedAt),
      begun.map(({ startedAt }) => startedAt),
    );
    // One restart for new leaves, one to let the old anchor go: each is the first of its pass.
    const restarts = await restartsSince(bench(), before);
    assert.ok(
      during.every((times) => times <= 1) && restarts.every((times) => times <= 2),
      `restarted ${during.join(' and ')} times, in the end ${restarts.join(' and ')}`,
    );
    for (const marker of await markersOf(bench(), appWorkloads)) {
      assert.match(marker, /\/new-only@.*\.1$/);
    }
    const { triggers, rotations } = await resource.until(
      'the end',
      ({ phase }) => phase === 'Completed',
    );
    assert.deepEqual(
      triggers.map(({ value, outcome }) => `${value} ${outcome}`),
      ['first Started'],
    );
    assert.deepEqual(
      rotations.map(({ id }) => id),
      [report.rotationId],
    );
    await assertRotated(bench(), report);
    await resource.delete();
    await resource.untilGone();
  });

  it('goes on at pace natural after the server was down in the middle of a phase', async () => {
    const run = await bench().rotate({ pace: 'natural', timings: { naturalChurnMs: 1_000 } });
    await run.untilPhase('ReplacingLeaves');
    await temporal().goAway();
    await temporal().comeBack();
    const report = await run.ends('completed');
    assert.match(JSON.stringify(report.notes), /time for ordinary deploys is over/);
    await assertRotated(bench(), report);
  });
});
