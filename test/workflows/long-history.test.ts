import assert from 'node:assert/strict';
import { phasesOf } from '../../domain/phases.ts';
import {
  abortSignal,
  approveSignal,
  exceptUpdate,
  pauseSignal,
  resumeSignal,
} from '../../workflows/messages.ts';
import type { MeshModel } from './mesh-model.ts';
import { marginUntil, meshWithBoth } from './mesh-model.ts';
import type { Bench, CacheMode, RunningRotation } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';
import { waitsAt } from './test-messages.ts';

/** Each run makes a few steps before it hands over to the next. */
const maxHistoryEvents = 60;

async function isInAnotherRun({ handle }: RunningRotation): Promise<boolean> {
  return (await handle.describe()).runId !== handle.firstExecutionRunId;
}

/** B everywhere, as a rotation leaves it. */
function finishByHand(mesh: MeshModel): void {
  mesh.trustAnchor = 'B';
  mesh.previousAnchor = 'B';
  mesh.signer = 'trust-anchor';
  mesh.renewIssuer();
  mesh.restart({ name: 'linkerd-identity' });
  mesh.restart({ name: 'web' });
  mesh.restart({ name: 'db' });
}

for (const mode of ['cached', 'replayed'] satisfies CacheMode[]) {
  describe(`a long history (workflow ${mode})`, () => {
    it('is continued in new runs that carry everything over', async () => {
      const bench = await rotationBench(mode);
      const rotation = await bench.start({ mesh: meshWithBoth(), maxHistoryEvents });

      const report = await rotation.handle.result();

      assert.ok(await isInAnotherRun(rotation));
      assert.equal(report.outcome, 'completed');
      assert.deepEqual(
        report.phases.map(({ phase, state }) => [phase, state]),
        ['Preflight', ...phasesOf('bridge').slice(3)].map((phase) => [phase, 'done']),
      );
      assert.deepEqual(report.restarts, { waves: 2, workloads: 3 });
      assert.equal(report.approvals.length, 2);
      // Once for the whole rotation, by one holder: a new run is no second engine.
      for (const once of ['planRotation', 'takeLease', 'retireTrustAnchor', 'releaseLease']) {
        assert.equal(rotation.fake.calls.filter((call) => call === once).length, 1, once);
      }
      assert.equal(rotation.mesh.leaseHolder, undefined);
      await bench.clean();
    });
  });
}

describe('a new run', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  it('keeps exceptions and notes, and answers to messages', async () => {
    const rotation = await bench.start(
      { mesh: meshWithBoth(), maxHistoryEvents: 160 },
      ({ heldGates }) => {
        heldGates.add('leaves-under-new-anchor');
      },
    );
    const { handle, fake } = rotation;
    const exception = { name: 'Deployment shop/web', by: 'ann', reason: 'is being removed' };
    await handle.executeUpdate(exceptUpdate, { args: [exception] });
    await waitsAt(rotation, 'ReplacingLeaves', 'watchGate leaves-under-new-anchor');

    while (!(await isInAnotherRun(rotation))) {
      await handle.signal(pauseSignal, { by: 'bob' });
      await rotation.until('the pause', ({ condition }) => condition === 'paused');
      await handle.signal(resumeSignal, { by: 'bob' });
      await rotation.until('it to go on', ({ condition }) => condition === 'running');
    }
    fake.heldGates.clear();

    const report = await handle.result();
    assert.equal(report.outcome, 'completed');
    assert.deepEqual(report.exceptions, [exception]);
    assert.ok(report.notes.some(({ text }) => text === 'paused by bob'));
  });

  it('goes on counting how long a gate has been waited for', async () => {
    const timings = { naturalChurnMs: 1_500 };
    const pace = 'natural';
    const rotation = await bench.start(
      { mesh: meshWithBoth(), maxHistoryEvents, timings, pace },
      (fake) => {
        fake.reportEveryMs = 20;
      },
    );

    const report = await rotation.handle.result();

    assert.equal(report.outcome, 'completed');
    assert.deepEqual(report.restarts, { waves: 2, workloads: 3 });
  });

  it('waits for ordinary deploys until the hard deadline, however often it hands over', async () => {
    const timings = { deadlineMarginMs: marginUntil(Date.now() + 8_000) };
    const rotation = await bench.start(
      { mesh: meshWithBoth(), maxHistoryEvents, timings, pace: 'natural' },
      (fake) => {
        fake.reportEveryMs = 20;
      },
    );

    const { notes } = await rotation.handle.result();

    const over = notes.find(({ text }) => text.startsWith('the time for ordinary deploys is over'));
    const { hardDeadline = '' } = await rotation.until('an answer', () => true);
    assert.ok(Date.parse(over?.at ?? '') >= Date.parse(hardDeadline));
  });

  /** Sends what changes nothing until the next step finds the history too long. */
  async function lengthen({ handle }: RunningRotation): Promise<void> {
    while ((await handle.describe()).historyLength <= maxHistoryEvents) {
      await handle.signal(approveSignal, { by: 'bob' });
    }
  }

  it('plans anew when the run before had to, and could not do it any more', async () => {
    const rotation = await bench.start(
      // The next look at what the other hand has changed comes after the test.
      { maxHistoryEvents, timings: { pollMs: 60_000 } },
      (fake) => {
        fake.before('renewTrustAnchor', () => {
          rotation.mesh.signer = 'trust-anchor';
        });
      },
    );
    await rotation.until('the block', ({ condition }) => condition === 'blocked');
    await lengthen(rotation);

    await rotation.handle.signal(resumeSignal, { by: 'ann' });

    const report = await rotation.handle.result();
    assert.ok(await isInAnotherRun(rotation));
    assert.equal(report.outcome, 'completed');
    assert.equal(rotation.fake.calls.filter((call) => call === 'planRotation').length, 2);
    assert.equal(rotation.fake.calls.filter((call) => call === 'pinSigner').length, 2);
  });

  it('tidies up when the run before found the rotation finished by another hand', async () => {
    const rotation = await bench.start(
      { maxHistoryEvents, timings: { pollMs: 60_000 } },
      (fake) => {
        fake.before('watchGate', () => {
          finishByHand(rotation.mesh);
        });
        fake.before('removeProbes', () => lengthen(rotation));
        fake.before('unfreezeTrustAnchor', () => lengthen(rotation));
        fake.before('releaseLease', () => lengthen(rotation));
      },
    );
    await rotation.until('the block', ({ condition }) => condition === 'blocked');

    await rotation.handle.signal(resumeSignal, { by: 'ann' });

    const report = await rotation.handle.result();
    assert.ok(await isInAnotherRun(rotation));
    // It has proved nothing by itself.
    assert.equal(report.outcome, 'already-rotated');
    assert.match(report.reason ?? '', /another hand has finished the rotation/);
    assert.ok(rotation.fake.calls.includes('removeBridge'));
    assert.equal(rotation.mesh.isFrozen, false);
    assert.equal(rotation.mesh.leaseHolder, undefined);
  });

  it('goes on with the way back that the run before had begun', async () => {
    const rotation = await bench.start({ mesh: meshWithBoth(), maxHistoryEvents }, (fake) => {
      fake.heldGates.add('leaves-under-new-anchor');
      fake.reportEveryMs = 20;
    });
    await rotation.until('the leaves', ({ phase }) => phase === 'ReplacingLeaves');
    const { runId } = await rotation.handle.describe();
    rotation.fake.heldGates.add('leaves-under-old-anchor');

    await rotation.handle.signal(abortSignal, { by: 'ann' });
    await rotation.until(
      'the way back in another run',
      async ({ condition }) =>
        condition === 'swinging-back' && (await rotation.handle.describe()).runId !== runId,
    );
    rotation.fake.heldGates.clear();

    const report = await rotation.handle.result();
    assert.equal(report.outcome, 'held');
    assert.equal(rotation.mesh.issuer, 'a');
    assert.equal(rotation.mesh.signer, 'previous-anchor');
  });
});
