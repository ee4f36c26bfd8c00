import assert from 'node:assert/strict';
import type { Method } from '../../domain/phases.ts';
import type { RotationState } from '../../domain/rotation-state.ts';
import { abortUpdate, resumeSignal } from '../../workflows/messages.ts';
import { needsAPerson } from './fake-activities.ts';
import type { Bench, RunningRotation } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';

describe('a way back that a retirement has closed without a report', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  /** Aborted after the copy was made, but before the rotation knew of it. */
  async function abortedBehindTheCopy(method: Method): Promise<RunningRotation> {
    const rotation = await bench.start({ method }, (fake) => {
      fake.before('retireTrustAnchor', () => {
        rotation.mesh.previousAnchor = 'B';
        needsAPerson();
      });
    });
    await rotation.until('the failure', ({ condition }) => condition === 'blocked');
    await rotation.handle.executeUpdate(abortUpdate, { args: [{ by: 'ann' }] });
    return rotation;
  }

  function untilClosed({ until }: RunningRotation): Promise<RotationState> {
    return until(
      'that there is no way back',
      ({ waiting }) => waiting?.for.includes('no way back') === true,
    );
  }

  for (const method of ['bridge', 'overlap'] satisfies Method[]) {
    it(`says so, and goes on to the end when a person resumes (method ${method})`, async () => {
      const rotation = await abortedBehindTheCopy(method);

      const { waiting } = await untilClosed(rotation);
      assert.deepEqual(
        waiting?.laggards.map(({ what }) => what),
        ['previous-anchor Secret', 'trust bundle'],
      );
      await rotation.handle.signal(resumeSignal, { by: 'ann' });

      const report = await rotation.handle.result();
      assert.equal(report.outcome, 'completed');
      assert.equal(report.method, method);
      assert.ok(report.notes.some(({ text }) => text.startsWith('asked to stop after')));
      assert.deepEqual([rotation.mesh.issuer, rotation.mesh.bundle], ['b', 'B']);
      assert.equal(rotation.mesh.leaseHolder, undefined);
    });
  }

  it('is open again when the copy is undone', async () => {
    const rotation = await abortedBehindTheCopy('bridge');
    await untilClosed(rotation);

    rotation.mesh.previousAnchor = 'A';

    assert.equal((await rotation.handle.result()).outcome, 'held');
    assert.deepEqual([rotation.mesh.issuer, rotation.mesh.bundle], ['a', 'A,B']);
  });
});
