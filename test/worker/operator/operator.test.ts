import assert from 'node:assert/strict';
import { conditionOf } from '../../acceptance/support/rotation-resource.ts';
import type { ResourceInUse } from '../../acceptance/support/rotation-resource.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { FakeEngine } from './fake-engine.ts';
import type { OperatorBench } from './operator-bench.ts';
import { startOperatorBench } from './operator-bench.ts';

describe('the operator', () => {
  let bench: OperatorBench;
  let resource: ResourceInUse;
  let engine: FakeEngine;

  beforeEach(async () => {
    bench = await startOperatorBench();
    ({ resource, engine } = bench);
  });

  afterEach(() => bench.stop());

  it('waits for definition and resource, and then tells how the mesh stands', async () => {
    await bench.start();
    await bench.install();
    const status = await resource.until(
      'a mesh at rest',
      ({ conditions }) => conditions.length === 6,
    );
    assert.equal(status.phase, 'Idle');
    assert.equal(conditionOf(status, 'Ready'), 'True/AtRest');
    assert.equal(conditionOf(status, 'SpecAccepted'), 'True/Accepted');
    assert.equal(conditionOf(status, 'TemporalReachable'), 'True/Answers');
  });

  it('has the metrics of expiry read the objects that the resource names', async () => {
    assert.equal(bench.objects.names.identityIssuer, 'linkerd-identity-issuer');
    await bench.install({ objects: { identityIssuer: 'identity', lease: 'lock' } });
    await bench.start();
    await waitFor(() => bench.objects.names.identityIssuer === 'identity', { what: 'the name' });
    assert.equal(bench.objects.names.lease, 'lock');
  });

  it('asks the API server for nothing while nothing happens', async () => {
    await bench.install();
    await bench.start();
    await bench.start();
    await resource.until('a mesh at rest', ({ conditions }) => conditions.length === 6);
    await bench.quiet();
    bench.requests.length = 0;
    await bench.passes(50);
    assert.deepEqual(bench.requests, []);
  });

  it('starts one rotation for each new value, by however many workers, and none twice', async () => {
    await bench.install({ trigger: 'first' });
    await bench.start();
    await bench.start();
    await bench.start();
    await resource.until('the start', ({ triggers }) => triggers[0]?.outcome === 'Started');
    engine.end('completed');
    await resource.until('the end', ({ phase }) => phase === 'Completed');
    await resource.patch({ trigger: 'second' });
    await resource.until('another start', ({ triggers }) => triggers[1]?.outcome === 'Started');
    engine.end('completed');
    await resource.patch({ trigger: 'first' });
    await bench.passes(10);
    assert.deepEqual(bench.started, ['first', 'second']);
  });

  it('completes a start that a worker has written down and died before', async () => {
    await bench.install({ trigger: 'first' });
    const atStart = new Promise<void>((reached) => {
      engine.beforeStart = () => {
        reached();
        throw new Error('the worker died here');
      };
    });
    const stop = await bench.start();
    await atStart;
    await stop();
    const [record] = (await resource.read())?.status.triggers ?? [];
    assert.equal(record?.outcome, 'Starting');
    assert.deepEqual(bench.started, []);

    engine.beforeStart = () => undefined;
    await bench.start();
    await resource.until('the start', ({ triggers }) => triggers[0]?.outcome === 'Started');
    assert.deepEqual(bench.started, ['first']);
    assert.equal(engine.started[0]?.replaces, record.replaces);
  });

  it('starts nothing again where the worker died after the start, and the status is lost', async () => {
    await bench.install({ trigger: 'first' });
    const stop = await bench.start();
    await resource.until('the start', ({ triggers }) => triggers[0]?.outcome === 'Started');
    await stop();
    engine.end('held');
    await resource.patchStatus({ triggers: null, rotations: null });
    await bench.start();
    await resource.until('the record', ({ triggers }) => triggers[0]?.outcome === 'Started');
    assert.deepEqual(bench.started, ['first']);
  });

  it('refuses a value that is set while a rotation of a command runs', async () => {
    engine.run({});
    await bench.install({ trigger: 'first' });
    await bench.start();
    const status = await resource.until(
      'the refusal',
      (now) => conditionOf(now, 'SpecAccepted') === 'False/TriggerRefused',
    );
    assert.match(status.triggers[0]?.message ?? '', /a rotation was running/);
    engine.end('completed');
    await bench.passes(5);
    assert.deepEqual(bench.started, []);
  });

  it('pauses while the spec suspends, and leaves a pause of a person alone', async () => {
    await bench.install();
    await bench.start();
    engine.run({}, { paused: { by: 'ada' } });
    await bench.passes(5);
    assert.deepEqual(engine.calls, []);
    await engine.resume();
    await resource.patch({ suspend: true });
    await waitFor(() => engine.calls.includes('pause'), { what: 'the pause' });
    await bench.passes(5);
    await resource.patch({ suspend: false });
    await waitFor(() => engine.calls.length >= 3, { what: 'the resume' });
    await bench.passes(5);
    assert.deepEqual(engine.calls, ['resume', 'pause', 'resume']);
  });

  it('asks for no pause of a rotation that is on its way back', async () => {
    await bench.install({ suspend: true });
    await bench.start();
    engine.run({ condition: 'blocked' }, { isOnWayBack: true });
    await bench.passes(5);

    assert.deepEqual(engine.calls, []);
  });

  it('passes an approval on once, by the name of who wrote it', async () => {
    await bench.install();
    await bench.start();
    engine.run({ condition: 'waiting-for-approval' });
    await resource.annotate({ 'trust.linkerd.io/approve': 'switch-issuer' });
    await waitFor(
      async () => Object.keys((await resource.read())?.annotations ?? {}).length === 0,
      {
        what: 'the annotation to be taken away',
      },
    );
    await bench.passes(5);
    assert.deepEqual(engine.calls, [
      'approve switch-issuer by kubectl-annotate (annotation of TrustAnchorRotation cluster)',
    ]);
  });

  for (const [gate, isRunning, why] of [
    ['everything', true, 'there is no approval everything'],
    ['switch-issuer', false, 'no rotation runs'],
    ['retire-anchor', true, 'it waits for another'],
  ] as const) {
    it(`says in an Event why approval ${gate} was refused: ${why}`, async () => {
      engine.answer = { accepted: false, text: 'it waits for another' };
      if (isRunning) engine.run({});
      await bench.install();
      await bench.start();
      await resource.annotate({ 'trust.linkerd.io/approve': gate });
      const refusals = async (): Promise<readonly string[]> =>
        (await resource.events())
          .filter(({ reason }) => reason === 'ApprovalRefused')
          .map(({ message }) => message);
      await waitFor(async () => (await refusals()).length > 0, { what: 'the Event' });
      await bench.passes(5);
      assert.equal((await refusals()).length, 1);
      assert.ok((await refusals())[0]?.includes(why));
      assert.deepEqual((await resource.read())?.annotations, {});
    });
  }

  it('passes on what may change of a running rotation, and refuses the rest in a condition', async () => {
    await bench.install({ trigger: 'first' });
    await bench.start();
    await resource.until('the start', ({ triggers }) => triggers[0]?.outcome === 'Started');
    await resource.patch({ restarts: { waveSize: 3 }, method: 'Overlap' });
    const status = await resource.until(
      'the refusal',
      (now) => conditionOf(now, 'SpecAccepted') === 'False/ChangedWhileRotating',
    );
    assert.match(
      status.conditions.find(({ type }) => type === 'SpecAccepted')?.message ?? '',
      /^spec.method cannot change/,
    );
    assert.equal(engine.calls[0], 'revise {"restarts":{"waveSize":3}}');
  });

  it('keeps the Schedule of expiry checks in step with the spec, and takes it away in the end', async () => {
    const { engine, resource } = bench;
    await bench.atRest({ onAnchorExpiring: 'Rotate', warnBeforeExpiry: '720h' });
    const [first] = engine.schedules;
    assert.equal(first?.check.policy, 'rotate');
    assert.equal(first.check.startBeforeMs, 720 * 3_600_000);
    assert.equal(first.isPaused, false);
    await bench.passes(3);
    assert.equal(engine.schedules.length, 1);

    await resource.patch({ suspend: true });
    await waitFor(() => engine.schedules.at(-1)?.isPaused === true, { what: 'its pause' });
    await resource.delete();
    await resource.untilGone();
    assert.equal(engine.schedules.at(-1), undefined);

    await resource.create({ onAnchorExpiring: 'Rotate', warnBeforeExpiry: '720h', suspend: true });
    await waitFor(() => engine.schedules.at(-1)?.isPaused === true, { what: 'a new one' });
  });

  it('brings back a Schedule that somebody has taken away, within an hour', async () => {
    const { engine } = bench;
    await bench.atRest();
    bench.aheadMs = 3_500_000;
    await bench.passes(5);
    assert.equal(engine.schedules.length, 1);
    bench.aheadMs = 3_700_000;
    await waitFor(() => engine.schedules.length === 2, { what: 'the Schedule' });
    await bench.passes(5);
    assert.equal(engine.schedules.length, 2);
  });

  it('says that Temporal is gone, starts nothing meanwhile, and goes on when it is back', async () => {
    engine.unreachable = 'connection refused';
    await bench.install({ trigger: 'first' });
    await bench.start();
    const status = await resource.until(
      'that Temporal is gone',
      (now) => conditionOf(now, 'TemporalReachable') === 'False/Unreachable',
    );
    assert.equal(conditionOf(status, 'SpecAccepted'), 'Unknown/Waiting');
    assert.deepEqual(bench.started, []);
    engine.unreachable = undefined;
    await resource.until('the start', ({ triggers }) => triggers[0]?.outcome === 'Started');
    assert.equal(engine.started.length, 1);
  });

  it('tells how the mesh stands while Temporal is gone, but not over a rotation that may run', async () => {
    await bench.atRest({ surveyEvery: '1s' });
    engine.unreachable = 'connection refused';
    const before = await resource.until(
      'that Temporal is gone',
      (now) => conditionOf(now, 'TemporalReachable') === 'False/Unreachable',
    );
    await resource.until('a survey', ({ surveyedAt }) => surveyedAt !== before.surveyedAt);

    engine.unreachable = undefined;
    engine.run({ phase: 'ReplacingLeaves' });
    const running = await resource.until('it', ({ phase }) => phase === 'ReplacingLeaves');
    engine.unreachable = 'connection refused';
    await resource.until(
      'that Temporal is gone again',
      (now) => conditionOf(now, 'TemporalReachable') === 'False/Unreachable',
    );
    await bench.passes(5);
    const { phase, surveyedAt } = await resource.until('a status', () => true);
    assert.deepEqual([phase, surveyedAt], ['ReplacingLeaves', running.surveyedAt]);
  });
});
