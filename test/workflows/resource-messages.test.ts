import assert from 'node:assert/strict';
import {
  abortSignal,
  pauseSignal,
  resumeSignal,
  reviseUpdate,
  sightQuery,
} from '../../workflows/messages.ts';
import { meshWithBoth } from './mesh-model.ts';
import type { Bench, RunningRotation } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';
import { waitsAt } from './test-messages.ts';

describe('what the operators of several workers pass on of the resource', () => {
  let bench: Bench;
  let rotation: RunningRotation;

  before(async () => {
    bench = await rotationBench('cached');
  });
  beforeEach(async () => {
    rotation = await bench.start({ mesh: meshWithBoth() }, ({ heldGates }) => {
      heldGates.add('leaves-under-new-anchor');
    });
    await waitsAt(rotation, 'ReplacingLeaves', 'watchGate leaves-under-new-anchor');
  });
  afterEach(() => bench.clean());

  /** What the resource says in its so manieth generation. */
  const voice = (generation: number, by = 'spec.suspend') => ({
    by,
    resource: { uid: 'u', generation },
  });

  const notes = async (): Promise<readonly string[]> => {
    const { state } = await rotation.handle.query(sightQuery);
    return state.notes.map(({ text }) => text);
  };

  const isPaused = async (): Promise<boolean> =>
    (await rotation.handle.query(sightQuery)).paused !== undefined;

  it('is a pause and a resume once, and leaves a pause of a person alone', async () => {
    const { handle } = rotation;
    await handle.signal(pauseSignal, voice(2));
    await handle.signal(pauseSignal, voice(2));
    await handle.signal(resumeSignal, voice(3));
    await handle.signal(resumeSignal, voice(3));
    await handle.signal(pauseSignal, { by: 'ada' });
    await handle.signal(pauseSignal, voice(4));
    await handle.signal(resumeSignal, voice(5));

    assert.deepEqual(await notes(), [
      'paused by spec.suspend',
      'resumed by spec.suspend',
      'paused by ada',
    ]);
    assert.ok(await isPaused());
  });

  it('is a revision once', async () => {
    const { handle } = rotation;
    const revise = (waveSize: number, generation: number) =>
      handle.executeUpdate(reviseUpdate, {
        args: [{ ...voice(generation, 'ada'), revision: { restarts: { waveSize } } }],
      });
    const answers = await Promise.all([revise(7, 2), revise(7, 2)]);

    assert.deepEqual(await notes(), ['ada changed waveSize 7']);
    assert.deepEqual(answers.map(({ text }) => text).toSorted(), [
      'ada changed waveSize 7',
      'it runs like that already',
    ]);
  });

  it('is nothing where another one has passed on something newer', async () => {
    const { handle } = rotation;
    await handle.signal(pauseSignal, voice(3));
    await handle.signal(resumeSignal, voice(2));
    assert.ok(await isPaused());
    await handle.executeUpdate(reviseUpdate, {
      args: [{ ...voice(2, 'ada'), revision: { restarts: { waveSize: 9 } } }],
    });
    assert.deepEqual(await notes(), ['paused by spec.suspend']);

    // Applied anew, the resource begins to count again.
    await handle.signal(resumeSignal, {
      by: 'spec.suspend',
      resource: { uid: 'another', generation: 1 },
    });
    assert.equal(await isPaused(), false);
  });

  it('does not stop a way back that was asked for', async () => {
    const { handle, fake } = rotation;
    fake.heldGates.add('issuer-swung-back');
    await handle.signal(abortSignal, { by: 'ada' });
    await waitsAt(rotation, 'ReplacingLeaves', 'watchGate issuer-swung-back');
    await handle.signal(pauseSignal, voice(2));

    assert.equal(await isPaused(), false);
    // By this the operator knows that it need not ask again.
    assert.equal((await handle.query(sightQuery)).isOnWayBack, true);
  });

  it('is an abort once', async () => {
    const { handle } = rotation;
    await handle.signal(pauseSignal, { by: 'ada' });
    await Promise.all([
      handle.signal(abortSignal, { by: 'the deletion' }),
      handle.signal(abortSignal, { by: 'the deletion' }),
    ]);
    const { notes: all } = await handle.result();
    const asked = all.filter(({ text }) => text.startsWith('abort asked for'));
    assert.equal(asked.length, 1, JSON.stringify(all));
  });
});
