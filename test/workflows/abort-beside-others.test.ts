import assert from 'node:assert/strict';
import { abortUpdate, resumeSignal } from '../../workflows/messages.ts';
import type { Bench } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';
import { waitsAt } from './test-messages.ts';

describe('an abort beside another hand', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  it('holds only where the signer is pinned: one that another hand has pointed away is pinned again', async () => {
    const rotation = await bench.start({}, ({ heldGates }) => {
      heldGates.add('bundle-holds-both');
    });
    await waitsAt(rotation, 'RenewingTrustAnchor', 'watchGate bundle-holds-both');
    rotation.mesh.signer = 'trust-anchor';
    await rotation.handle.executeUpdate(abortUpdate, { args: [{ by: 'ann' }] });
    const { waiting } = await rotation.until(
      'the other hand',
      ({ waiting: why }) => why?.cause === 'foreign-hands',
    );
    assert.match(waiting?.laggards[0]?.reason ?? '', /^was previous-anchor, is trust-anchor/);
    await rotation.handle.signal(resumeSignal, { by: 'ann' });

    const report = await rotation.handle.result();

    assert.equal(report.outcome, 'held');
    assert.match(report.reason ?? '', /the signer stays pinned to the old one/);
    assert.equal(rotation.mesh.signer, 'previous-anchor');
  });

  it('in PinningSigner leaves the pin where the anchor was renewed meanwhile: its Secret makes others', async () => {
    const rotation = await bench.start({}, ({ heldGates }) => {
      heldGates.add('signer-pinned');
    });
    await waitsAt(rotation, 'PinningSigner', 'watchGate signer-pinned');
    rotation.mesh.trustAnchor = 'B';
    await rotation.handle.executeUpdate(abortUpdate, { args: [{ by: 'ann' }] });
    await rotation.until('the other hand', ({ waiting }) => waiting?.cause === 'foreign-hands');
    await rotation.handle.signal(resumeSignal, { by: 'ann' });

    const report = await rotation.handle.result();

    assert.equal(report.outcome, 'held');
    assert.deepEqual([rotation.mesh.signer, rotation.mesh.isFrozen], ['previous-anchor', true]);
  });

  it('waits for the copy that the signer is pinned to, where another hand has put another there', async () => {
    const rotation = await bench.start({}, ({ heldGates }) => {
      heldGates.add('bundle-holds-both');
    });
    await waitsAt(rotation, 'RenewingTrustAnchor', 'watchGate bundle-holds-both');
    rotation.mesh.previousAnchor = 'B';
    await rotation.handle.executeUpdate(abortUpdate, { args: [{ by: 'ann' }] });
    await rotation.until('the other hand', ({ waiting }) => waiting?.cause === 'foreign-hands');
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
