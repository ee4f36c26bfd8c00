import assert from 'node:assert/strict';
import { approveUpdate, pauseSignal, reviseUpdate, sightQuery } from '../../workflows/messages.ts';
import { waitFor } from '../support/wait-for.ts';
import { meshWithBoth } from './mesh-model.ts';
import type { Bench } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';
import { updateRefusal } from './test-messages.ts';

describe('a rotation tells the resource', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  it('of each phase and of its end, by the same run, in order', async () => {
    const { fake, handle } = await bench.start();
    await handle.result();
    const phases = new Set(fake.told.map(({ state }) => state.phase));
    assert.ok(phases.has('Preflight') && phases.has('ReplacingLeaves') && phases.has('Verifying'));
    assert.equal(fake.told.at(-1)?.state.condition, 'completed');
    assert.deepEqual(
      new Set(fake.told.map(({ runId }) => runId)),
      new Set([handle.firstExecutionRunId]),
    );
    const times = fake.told.map(({ at }) => at);
    assert.deepEqual(times, times.toSorted());
  });

  it('also across runs, as the one rotation that it is', async () => {
    const { fake, handle } = await bench.start({ maxHistoryEvents: 60 });
    await handle.result();
    assert.equal(fake.told.at(-1)?.state.condition, 'completed');
    assert.equal(new Set(fake.told.map(({ runId }) => runId)).size, 1);
    assert.equal(new Set(fake.told.map(({ startedAt }) => startedAt)).size, 1);
  });

  it('and fails not when nobody can be told', async () => {
    const { handle } = await bench.start({}, (fake) => {
      fake.tellingFails = true;
    });
    const { outcome } = await handle.result();
    assert.equal(outcome, 'completed');
  });
});

describe('a running rotation can be revised', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  const required = { 'switch-issuer': 'required', 'retire-anchor': 'required' } as const;
  const automatic = { 'switch-issuer': 'automatic', 'retire-anchor': 'automatic' } as const;

  it('so that it gives itself the approval that it waits for', async () => {
    const { handle, until } = await bench.start({ mesh: meshWithBoth(), approvals: required });
    await until('the approval', ({ waiting }) => waiting?.approval === 'switch-issuer');
    const args = [{ by: 'ada', revision: { approvals: automatic } }] as const;
    const { text } = await handle.executeUpdate(reviseUpdate, { args: [...args] });
    assert.equal(text, 'ada changed switch-issuer automatic, retire-anchor automatic');
    const { outcome, approvals, notes } = await handle.result();
    assert.equal(outcome, 'completed');
    assert.deepEqual(
      approvals.map(({ by }) => by),
      ['automatic', 'automatic'],
    );
    assert.ok(notes.some((note) => note.text === text));
  });

  it('so that it stops leaving restarts to ordinary deploys', async () => {
    const { handle, fake, until } = await bench.start(
      { pace: 'natural', timings: { naturalChurnMs: 3_600_000 } },
      (one) => one.heldGates.add('fleet-holds-new-only'),
    );
    await until('the wait', ({ watches }) =>
      watches.some(({ gate }) => gate === 'fleet-holds-new-only'),
    );
    assert.ok(!fake.calls.includes('restartWave new-only'));
    const args = [{ by: 'ada', revision: { pace: 'steady' } }] as const;
    await handle.executeUpdate(reviseUpdate, { args: [...args] });
    await waitFor(() => fake.calls.includes('restartWave new-only'), { what: 'the restarts' });
    fake.heldGates.clear();
    assert.equal((await handle.result()).outcome, 'completed');
  });

  it('but not to what its method cannot do, nor by nobody', async () => {
    const rotation = await bench.start({ method: 'overlap', approvals: required });
    await rotation.until('the approval', ({ waiting }) => waiting?.approval === 'switch-issuer');
    const revision = { pace: 'natural' } as const;
    await updateRefusal(rotation, reviseUpdate, { by: 'ada', revision }, /overlap cannot run at/);
    await updateRefusal(rotation, reviseUpdate, { by: '', revision }, /say who/);
    await updateRefusal(rotation, reviseUpdate, { by: 'ada', revision: {} }, /say what/);
  });

  it('and shows who has paused it before it has come to a stop', async () => {
    const { handle, until, fake } = await bench.start({
      mesh: meshWithBoth(),
      approvals: required,
    });
    await until('the approval', ({ waiting }) => waiting?.approval === 'switch-issuer');
    assert.equal((await handle.query(sightQuery)).paused, undefined);
    fake.heldGates.add('issuer-bridged');
    await handle.signal(pauseSignal, { by: 'ada' });
    assert.equal((await handle.query(sightQuery)).paused?.by, 'ada');
    const args = [{ gate: 'switch-issuer', by: 'ada' }] as const;
    await assert.rejects(handle.executeUpdate(approveUpdate, { args: [...args] }));
  });
});
