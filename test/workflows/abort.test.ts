import assert from 'node:assert/strict';
import type { GateName } from '../../domain/gates/gate.ts';
import type { AbortAction, Method, PhaseName } from '../../domain/phases.ts';
import { phases } from '../../domain/phases.ts';
import { abortSignal, abortUpdate } from '../../workflows/messages.ts';
import type { ActivityName } from './fake-activities.ts';
import { untilCancelled } from './fake-activities.ts';
import { MeshModel } from './mesh-model.ts';
import type { Bench, RunningRotation } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';
import { callsOfAbort, updateRefusal, waitsAt } from './test-messages.ts';

interface Way {
  readonly phase: PhaseName;
  readonly method: Method;
  readonly action: AbortAction;
  /** Where the phase is held when the abort arrives. */
  readonly gate: GateName;
  /** What the way out does, in its order. */
  readonly calls: readonly string[];
}

const held = ['pointSigner previous-anchor', 'removeProbes', 'releaseLease'];
const swungBack = [
  'restartWave identity-back',
  'pointSigner previous-anchor',
  'renewIdentityIssuer a',
  'watchGate issuer-swung-back',
  'watchGate leaves-under-old-anchor',
  'removeBridge',
  ...held,
];

const ways: readonly Way[] = [
  {
    phase: 'PinningSigner',
    method: 'bridge',
    action: 'unpin',
    gate: 'signer-pinned',
    calls: ['pointSigner trust-anchor', 'unfreezeTrustAnchor', 'releaseLease'],
  },
  {
    phase: 'RenewingTrustAnchor',
    method: 'bridge',
    action: 'hold',
    gate: 'bundle-holds-both',
    calls: held,
  },
  {
    phase: 'PropagatingTrustRoots',
    method: 'overlap',
    action: 'hold',
    gate: 'fleet-holds-both',
    calls: held,
  },
  {
    phase: 'BridgingIdentityIssuer',
    method: 'bridge',
    action: 'swing-back',
    gate: 'issuer-bridged',
    calls: swungBack,
  },
  {
    phase: 'RenewingIdentityIssuer',
    method: 'overlap',
    action: 'swing-back',
    gate: 'issuer-switched',
    calls: swungBack,
  },
  {
    phase: 'ReplacingLeaves',
    method: 'bridge',
    action: 'swing-back',
    gate: 'leaves-under-new-anchor',
    calls: swungBack,
  },
];

describe('an abort', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  for (const { phase, method, action, gate, calls } of ways) {
    it(`in ${phase} leaves by the way "${action}"`, async () => {
      assert.equal(phases[phase].abort, action);
      const rotation = await bench.start({ method }, ({ heldGates }) => {
        heldGates.add(gate);
      });
      await waitsAt(rotation, phase, `watchGate ${gate}`);

      assert.deepEqual(await callsOfAbort(rotation), calls);

      const report = await rotation.handle.result();
      assert.equal(report.outcome, action === 'unpin' ? 'aborted' : 'held');
      assert.match(report.reason ?? '', new RegExp(`^aborted in ${phase}: `));
      assert.ok(report.notes.some(({ text }) => text === 'abort asked for by ann: drill'));
      assert.equal(rotation.mesh.issuer, 'a');
      assert.equal(rotation.mesh.hasBridge, false);
      assert.equal(rotation.mesh.leaseHolder, undefined);
      assert.equal(rotation.mesh.isFrozen, action !== 'unpin');
      assert.equal(rotation.mesh.signer, action === 'unpin' ? 'trust-anchor' : 'previous-anchor');
    });
  }

  it('in RetiringTrustAnchor, before the copy, swings back', async () => {
    const rotation = await bench.start({
      approvals: { 'switch-issuer': 'automatic', 'retire-anchor': 'required' },
    });
    await rotation.until('the approval', ({ waiting }) => waiting?.approval === 'retire-anchor');

    assert.deepEqual(await callsOfAbort(rotation), swungBack);
    assert.equal(rotation.mesh.bundle, 'A,B');
  });

  it('leaves the freeze of the engine alone that holds the Lease', async () => {
    const mesh = new MeshModel();
    mesh.leaseHolder = 'another engine';
    const rotation = await bench.start({ mesh });
    await rotation.until('the block', ({ condition }) => condition === 'blocked');
    mesh.isFrozen = true;

    await callsOfAbort(rotation);

    assert.equal((await rotation.handle.result()).outcome, 'aborted');
    assert.equal(mesh.isFrozen, true);
    assert.equal(mesh.leaseHolder, 'another engine');
  });

  it('in Preflight cuts the survey short and changes nothing', async () => {
    const rotation = await bench.start({}, (fake) => {
      fake.before('planRotation', untilCancelled);
    });
    await waitsAt(rotation, 'Preflight', 'planRotation');

    await rotation.handle.signal(abortSignal);

    const report = await rotation.handle.result();
    assert.equal(report.outcome, 'aborted');
    assert.deepEqual(rotation.fake.calls, ['planRotation']);
  });

  it('before the first phase that changes something gives back what was got ready for it', async () => {
    const rotation = await bench.start({}, (fake) => {
      fake.before('freezeTrustAnchor', () => rotationOf(rotation).handle.signal(abortSignal));
    });

    const report = await rotation.handle.result();

    assert.equal(report.outcome, 'aborted');
    assert.deepEqual(rotation.fake.calls.slice(-2), ['unfreezeTrustAnchor', 'releaseLease']);
    assert.equal(rotation.mesh.isFrozen, false);
    assert.equal(rotation.mesh.leaseHolder, undefined);
  });

  for (const [phase, gate] of [
    ['RetiringTrustAnchor', 'bundle-holds-new-only'],
    ['ReleasingBridge', 'bridge-released'],
  ] as const) {
    it(`in ${phase}, after the copy, is refused: only the way on is safe`, async () => {
      const rotation = await bench.start({}, ({ heldGates }) => {
        heldGates.add(gate);
      });
      await waitsAt(rotation, phase, `watchGate ${gate}`);

      await updateRefusal(
        rotation,
        abortUpdate,
        { by: 'ann' },
        /the old anchor has left the bundle/,
      );
      await rotation.handle.signal(abortSignal, { by: 'bob' });
      await rotation.until('a note of the refusal', ({ notes }) =>
        notes.some(({ text }) => text.startsWith('abort by bob refused')),
      );
      rotation.fake.heldGates.clear();

      assert.equal((await rotation.handle.result()).outcome, 'completed');
    });
  }

  it('that arrives while the anchor is being retired comes too late', async () => {
    const rotation = await bench.start({}, (fake) => {
      fake.before('retireTrustAnchor', async () => {
        await rotationOf(rotation).handle.executeUpdate(abortUpdate, { args: [{ by: 'ann' }] });
      });
    });

    const report = await rotation.handle.result();

    assert.equal(report.outcome, 'completed');
    assert.ok(report.notes.some(({ text }) => text.startsWith('asked to stop after')));
    assert.deepEqual([rotation.mesh.issuer, rotation.mesh.bundle], ['b', 'B']);
  });

  it('is refused without a name, and on the way back', async () => {
    const rotation = await bench.start({}, ({ heldGates }) => {
      heldGates.add('leaves-under-new-anchor').add('leaves-under-old-anchor');
    });
    await waitsAt(rotation, 'ReplacingLeaves', 'watchGate leaves-under-new-anchor');

    await updateRefusal(rotation, abortUpdate, { by: '' }, /say who aborts/);
    await rotation.handle.executeUpdate(abortUpdate, { args: [{ by: 'ann' }] });
    await rotation.until('the way back', ({ condition }) => condition === 'swinging-back');
    await updateRefusal(rotation, abortUpdate, { by: 'bob' }, /on its way back already/);
    rotation.fake.heldGates.clear();

    assert.equal((await rotation.handle.result()).outcome, 'held');
  });
});

describe('a cancellation by Temporal', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  it('leaves as safely as an abort', async () => {
    const rotation = await bench.start({}, ({ heldGates }) => {
      heldGates.add('leaves-under-new-anchor');
    });
    await waitsAt(rotation, 'ReplacingLeaves', 'watchGate leaves-under-new-anchor');

    await rotation.handle.cancel();

    assert.equal((await rotation.handle.result()).outcome, 'held');
    assert.deepEqual(rotation.fake.calls.slice(-swungBack.length), swungBack);
  });

  for (const name of ['pinSigner', 'pointSigner'] as const satisfies ActivityName[]) {
    it(`lets ${name} run to its end first, and undoes it`, async () => {
      const rotation = await bench.start({}, (fake) => {
        fake.before(name, async () => {
          await rotationOf(rotation).handle.cancel();
        });
      });

      const { outcome } = await rotation.handle.result();
      assert.equal(rotation.mesh.issuer, 'a');
      const { signer } = rotation.mesh;
      const expected = {
        pinSigner: ['aborted', 'trust-anchor'],
        pointSigner: ['held', 'previous-anchor'],
      };
      assert.deepEqual([outcome, signer], expected[name]);
    });
  }

  it('after the retirement goes on to the end: there is no safer place', async () => {
    const rotation = await bench.start({}, ({ heldGates }) => {
      heldGates.add('bridge-released');
    });
    await waitsAt(rotation, 'ReleasingBridge', 'watchGate bridge-released');

    await rotation.handle.cancel();
    await rotation.until('a note of it', ({ notes }) =>
      notes.some(({ text }) => text.startsWith('asked to stop after')),
    );
    rotation.fake.heldGates.clear();

    assert.equal((await rotation.handle.result()).outcome, 'completed');
  });
});

/** A step runs long after `start` has answered; TypeScript cannot know that. */
function rotationOf(rotation: RunningRotation | undefined): RunningRotation {
  if (rotation === undefined) throw new Error('the rotation has not been started yet');
  return rotation;
}
