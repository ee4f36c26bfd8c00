import assert from 'node:assert/strict';
import { exceptUpdate, pauseSignal, resumeSignal } from '../../workflows/messages.ts';
import { waitFor } from '../support/wait-for.ts';
import { untilCancelled } from './fake-activities.ts';
import { meshWithBoth } from './mesh-model.ts';
import type { Bench } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';
import { goesOnTo, waitsAt } from './test-messages.ts';

describe('a pause', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  it('cuts a watch short, keeps everything from going on, and ends with a resume', async () => {
    const rotation = await bench.start({ mesh: meshWithBoth() }, ({ heldGates }) => {
      heldGates.add('leaves-under-new-anchor');
    });
    const { handle, fake, until } = rotation;
    await waitsAt(rotation, 'ReplacingLeaves', 'watchGate leaves-under-new-anchor');

    // The watch would report in 10 s at the earliest: the state is there before, so it was cut short.
    await handle.signal(pauseSignal, { by: 'ann', reason: 'a release is going out' });
    const { waiting } = await until('the pause', ({ condition }) => condition === 'paused');
    assert.equal(waiting?.for, 'a person to resume; paused by ann: a release is going out');
    fake.heldGates.clear();
    const calls = fake.calls.length;

    await handle.signal(resumeSignal, { by: 'bob' });
    const report = await handle.result();

    assert.equal(report.outcome, 'completed');
    assert.equal(fake.calls[calls], 'watchGate leaves-under-new-anchor');
    assert.deepEqual(
      report.notes.slice(0, 2).map(({ text }) => text),
      ['paused by ann', 'resumed by bob'],
    );
  });

  it('is not ended by an exception', async () => {
    const rotation = await bench.start({ mesh: meshWithBoth() }, ({ heldGates }) => {
      heldGates.add('leaves-under-new-anchor');
    });
    const { handle, fake, until } = rotation;
    await waitsAt(rotation, 'ReplacingLeaves', 'watchGate leaves-under-new-anchor');
    await handle.signal(pauseSignal, { by: 'ann' });
    await until('the pause', ({ condition }) => condition === 'paused');
    fake.heldGates.clear();

    const exception = { name: 'Deployment shop/web', by: 'bob', reason: 'is being removed' };
    await handle.executeUpdate(exceptUpdate, { args: [exception] });

    const { condition } = await until('the exception', ({ exceptions }) => exceptions.length > 0);
    assert.equal(condition, 'paused');
    await handle.signal(resumeSignal, { by: 'ann' });
    assert.equal((await handle.result()).outcome, 'completed');
  });

  it('lets a change that has begun end, and stops before the next', async () => {
    const rotation = await bench.start({}, (fake) => {
      fake.before('renewTrustAnchor', async () => {
        await rotation.handle.signal(pauseSignal);
      });
    });

    const { phase } = await rotation.until('the pause', ({ condition }) => condition === 'paused');

    assert.equal(phase, 'RenewingTrustAnchor');
    assert.equal(rotation.fake.calls.at(-1), 'renewTrustAnchor');
    assert.equal(rotation.mesh.trustAnchor, 'B');
    await rotation.handle.signal(resumeSignal);
    await goesOnTo(rotation, 'watchGate bundle-holds-both');
  });

  it('takes an approval away from what it waits for until it is over', async () => {
    const rotation = await bench.start({
      mesh: meshWithBoth(),
      approvals: { 'switch-issuer': 'required', 'retire-anchor': 'required' },
    });
    const { handle, until } = rotation;
    await until('the approval', ({ waiting }) => waiting?.approval === 'switch-issuer');

    await handle.signal(pauseSignal);
    const { waiting } = await until('the pause', ({ condition }) => condition === 'paused');
    assert.equal(waiting?.approval, undefined);

    await handle.signal(resumeSignal);
    await until('the approval again', ({ waiting: again }) => again?.approval === 'switch-issuer');
  });

  it('before the first call of all holds it back', async () => {
    const rotation = await bench.start({}, (fake) => {
      fake.before('planRotation', async (signal) => {
        await rotation.handle.signal(pauseSignal);
        await untilCancelled(signal);
      });
    });
    await rotation.until('the pause', ({ condition }) => condition === 'paused');

    await rotation.handle.signal(resumeSignal);

    await waitFor(
      () => rotation.fake.calls.filter((call) => call === 'planRotation').length === 2,
      {
        what: 'the survey to be asked for again',
      },
    );
    assert.equal((await rotation.handle.result()).outcome, 'completed');
  });
});
