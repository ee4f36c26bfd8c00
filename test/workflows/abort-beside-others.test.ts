import assert from 'node:assert/strict';
import type { RotationState } from '../../domain/rotation-state.ts';
import { abortUpdate, resumeSignal } from '../../workflows/messages.ts';
import type { MeshModel } from './mesh-model.ts';
import type { Bench, RunningRotation } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';
import { waitsAt } from './test-messages.ts';

const phaseOf = {
  'signer-pinned': 'PinningSigner',
  'bundle-holds-both': 'RenewingTrustAnchor',
} as const;

describe('an abort beside another hand', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  /** Another hand makes its change while a gate is waited for; the abort that follows comes upon it. */
  async function abortBeside(
    gate: keyof typeof phaseOf,
    change: (mesh: MeshModel) => void,
  ): Promise<{ readonly rotation: RunningRotation; readonly waiting: RotationState['waiting'] }> {
    const rotation = await bench.start({}, ({ heldGates }) => {
      heldGates.add(gate);
    });
    await waitsAt(rotation, phaseOf[gate], `watchGate ${gate}`);
    change(rotation.mesh);
    await rotation.handle.executeUpdate(abortUpdate, { args: [{ by: 'ann' }] });
    const { waiting } = await rotation.until(
      'the other hand',
      ({ waiting: why }) => why?.cause === 'foreign-hands',
    );
    return { rotation, waiting };
  }

  it('holds only where the signer is pinned: one that another hand has pointed away is pinned again', async () => {
    const { rotation, waiting } = await abortBeside('bundle-holds-both', (mesh) => {
      mesh.signer = 'trust-anchor';
    });
    assert.match(waiting?.laggards[0]?.reason ?? '', /^was previous-anchor, is trust-anchor/);
    await rotation.handle.signal(resumeSignal, { by: 'ann' });

    const report = await rotation.handle.result();

    assert.equal(report.outcome, 'held');
    assert.match(report.reason ?? '', /the signer stays pinned to the old one/);
    assert.equal(rotation.mesh.signer, 'previous-anchor');
  });

  it('in PinningSigner leaves the pin where the anchor was renewed meanwhile: its Secret makes others', async () => {
    const { rotation } = await abortBeside('signer-pinned', (mesh) => {
      mesh.trustAnchor = 'B';
    });
    await rotation.handle.signal(resumeSignal, { by: 'ann' });

    const report = await rotation.handle.result();

    assert.equal(report.outcome, 'held');
    assert.deepEqual([rotation.mesh.signer, rotation.mesh.isFrozen], ['previous-anchor', true]);
  });

  it('waits for the copy that the signer is pinned to, where another hand has put another there', async () => {
    const { rotation } = await abortBeside('bundle-holds-both', (mesh) => {
      mesh.previousAnchor = 'B';
    });
    rotation.mesh.previousAnchor = 'A';

    const report = await rotation.handle.result();

    assert.equal(report.outcome, 'held');
    assert.equal(rotation.mesh.signer, 'previous-anchor');
  });

  it('ends where the anchor was renewed before the signer could be pinned', async () => {
    const rotation = await bench.start({}, (fake) => {
      fake.before('pinSigner', () => {
        rotation.mesh.trustAnchor = 'B';
      });
    });
    await rotation.until('the other hand', ({ waiting }) => waiting?.cause === 'foreign-hands');
    await rotation.handle.executeUpdate(abortUpdate, { args: [{ by: 'ann' }] });
    await rotation.until(
      'the way back',
      ({ phase, waiting }) => phase === 'PinningSigner' && waiting?.cause === 'foreign-hands',
    );
    await rotation.handle.signal(resumeSignal, { by: 'ann' });

    const { outcome, reason } = await rotation.handle.result();
    assert.equal(outcome, 'held');
    assert.match(reason ?? '', /nothing pins the signer/);
  });
});
