import assert from 'node:assert/strict';
import type { GateWatch, WatchGateInput } from '../../activities/contract.ts';
import { createObservationActivities } from '../../activities/observation.ts';
import type { Survey } from '../../domain/survey.ts';
import type { Surveyor } from '../../mesh/observation/survey.ts';
import { anchorA, identityProxy, proxy, signer, uniform } from '../support/survey-builder.ts';
import {
  contextAfter,
  dependencies,
  fakeClock,
  inActivity,
  surveyorOf,
} from './activity-fixture.ts';

const notYet = uniform('A,B', 'a');
const passed = uniform('A,B', 'x');
const expired: Survey = {
  ...notYet,
  proxies: [proxy('web', 'A,B', 'expired'), identityProxy('A,B', 'x')],
};

async function watch(
  surveys: readonly Survey[],
  more: Partial<WatchGateInput> = {},
): Promise<{
  watch: GateWatch;
  heartbeats: readonly unknown[];
  slept: readonly number[];
  asked: readonly (readonly string[])[];
}> {
  const clock = fakeClock();
  const asked: (readonly string[])[] = [];
  const surveyor: Surveyor = {
    ...surveyorOf(...surveys),
    awaitNews: ({ timings }, about, { atMostMs, signal }) => {
      asked.push(about);
      return clock.sleep(Math.min(timings.pollMs, atMostMs), signal);
    },
  };
  const { watchGate } = createObservationActivities(dependencies({ surveyor, clock }));
  const { result, heartbeats } = await inActivity(() =>
    watchGate({
      context: contextAfter(notYet),
      gate: 'leaves-under-new-anchor',
      reportAfterMs: 2_500,
      heal: false,
      ...more,
    }),
  );
  return { watch: result, heartbeats, slept: clock.slept, asked };
}

describe('watchGate', () => {
  it('surveys until the gate passes, and shows each report to whoever looks', async () => {
    const { watch: found, heartbeats, slept } = await watch([notYet, notYet, passed]);

    assert.equal(found.outcome, 'passed');
    assert.equal(found.report.passed, true);
    assert.deepEqual(slept, [1_000, 1_000]);
    assert.equal(heartbeats.length, 4);
    assert.match(JSON.stringify(heartbeats[1]), /"passed":false/);
  });

  it('reports back after its time even if nothing has happened', async () => {
    const { watch: found, slept } = await watch([notYet]);

    assert.equal(found.outcome, 'progress');
    assert.equal(found.report.laggards.length, 5);
    assert.deepEqual(slept, [1_000, 1_000, 500]);
  });

  it('waits for news of those that its report has named', async () => {
    const { watch: found, asked } = await watch([notYet, passed]);

    assert.equal(found.outcome, 'passed');
    assert.equal(asked.length, 1);
    assert.ok(asked[0]?.includes('pod shop/web-1'), String(asked[0]));
  });

  it('answers at once when another hand has changed something, even if the gate would pass', async () => {
    const changed = uniform('A,B', 'x', { signer: signer('other') });

    const { watch: found, slept } = await watch([changed]);

    assert.equal(found.outcome, 'foreign-hands');
    assert.deepEqual(
      found.foreign.map(({ what }) => what),
      ['signer of the ClusterIssuer'],
    );
    assert.deepEqual(slept, []);
  });

  it('asks for a restart where no wait can cure, if it may', async () => {
    assert.equal((await watch([expired], { heal: true })).watch.outcome, 'needs-restart');
    assert.equal((await watch([expired], { heal: false })).watch.outcome, 'progress');
  });
});

describe('proveRetirement', () => {
  it('asks every proxy afresh', async () => {
    const asked: unknown[] = [];
    const retired = uniform('B', 'b');
    const surveyor: Surveyor = {
      ...surveyorOf(retired),
      survey: async (_request, options) => {
        asked.push(options?.fresh);
        return retired;
      },
    };
    const { proveRetirement } = createObservationActivities(dependencies({ surveyor }));

    const { result } = await inActivity(() => proveRetirement({ context: contextAfter(retired) }));

    assert.deepEqual(asked, [true]);
    assert.equal(result.report.passed, true);
    assert.equal(result.report.gate, 'fleet-holds-new-only');
    assert.notEqual(result.observed.objects.trustAnchor, anchorA.fingerprint);
  });
});
