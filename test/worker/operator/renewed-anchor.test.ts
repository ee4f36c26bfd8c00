import assert from 'node:assert/strict';
import { renewedTrigger } from '../../../domain/resource/renewed-trigger.ts';
import { anchorCertificate, renewByHand } from '../../acceptance/support/by-hand.ts';
import { conditionOf } from '../../acceptance/support/rotation-resource.ts';
import { anchors } from '../../client/fixtures.ts';
import type { OperatorBench } from './operator-bench.ts';
import { startOperatorBench } from './operator-bench.ts';

describe('a renewal of the anchor by hand', () => {
  let bench: OperatorBench;

  beforeEach(async () => {
    bench = await startOperatorBench();
  });

  afterEach(() => bench.stop());

  /** Answers with the trigger of the start, whose rotation then runs with the anchor in sight. */
  async function startedFor(fingerprint: string, attempt: number): Promise<string> {
    const trigger = renewedTrigger(fingerprint, attempt);
    await bench.resource.until('the start', ({ triggers }) =>
      triggers.some(({ value, outcome }) => value === trigger && outcome === 'Started'),
    );
    const b = { ...anchors.b, certificate: { ...anchors.b.certificate, fingerprint } };
    bench.engine.run({ anchors: { ...anchors, b }, reason: '1 blockers; pod shop/web-1' });
    return trigger;
  }

  it('starts a rotation at once, which takes one request at each look', async () => {
    await bench.atRest({ onAnchorRenewed: 'Rotate' });
    await bench.passes(6);
    bench.requests.length = 0;
    await bench.passes(10);
    assert.ok(bench.requests.length <= 11);
    await renewByHand(bench.pki.kube, anchorCertificate);
    await bench.resource.until('the start', ({ triggers }) => triggers[0]?.outcome === 'Started');
  });

  it('is tried again as long as its rotation does not start, by however many workers, each time once', async () => {
    const { engine, resource } = bench;
    await bench.atRest({ surveyEvery: '1s', onAnchorRenewed: 'Rotate' });
    await bench.start();
    const { certificate } = await renewByHand(bench.pki.kube, anchorCertificate);
    const { fingerprint } = certificate;

    const first = await startedFor(fingerprint, 1);
    engine.end('not-started');
    const waiting = await resource.until(
      'the pause',
      (status) => conditionOf(status, 'SpecAccepted') === 'Unknown/Waiting',
    );
    assert.match(
      waiting.conditions.find(({ type }) => type === 'SpecAccepted')?.message ?? '',
      /^a rotation for the renewed anchor is tried again at .*: 1 blockers; pod shop\/web-1$/,
    );
    await bench.passes(5);
    assert.deepEqual(bench.started, [first]);

    const [request] = engine.started;
    engine.run({}, request === undefined ? {} : { request });
    await startedFor(fingerprint, 1);
    engine.end('not-started', new Date(Date.now() - 3_600_000).toISOString());
    const second = await startedFor(fingerprint, 2);
    engine.end('held', new Date(Date.now() - 3_600_000).toISOString());
    await resource.until('the end', ({ phase }) => phase === 'Held');
    await bench.passes(5);
    assert.deepEqual(bench.started, [first, second]);
  });
});
