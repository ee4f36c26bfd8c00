import assert from 'node:assert/strict';
import type { Sources } from '../../domain/sources.ts';
import { abortUpdate, pauseSignal, resumeSignal } from '../../workflows/messages.ts';
import type { Bench, RunningRotation } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';

const importedAnchor: Sources = { anchor: 'imported', bridge: 'certManager' };
const importedBridge: Sources = { anchor: 'certManager', bridge: 'imported' };

describe('a rotation that waits for what owners hand in', () => {
  let bench: Bench;

  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  function untilToldOf(
    rotation: RunningRotation,
    reason: string,
  ): ReturnType<RunningRotation['until']> {
    return rotation.until(`a block because something ${reason}`, ({ condition, waiting }) => {
      const [laggard] = waiting?.laggards ?? [];
      return condition === 'blocked' && waiting?.cause === 'import' && laggard?.reason === reason;
    });
  }

  it('says what is asked for, then what is wrong with it, and goes on with what is fit', async () => {
    const rotation = await bench.start({ sources: importedAnchor });
    const { mesh, fake, handle } = rotation;
    const { waiting, phase } = await untilToldOf(rotation, 'is not there yet');
    assert.equal(phase, 'RenewingTrustAnchor');
    assert.equal(waiting?.for, 'the owner to hand in the new trust anchor');
    assert.ok(!fake.calls.includes('renewTrustAnchor'));

    mesh.imports.anchor = 'is not a CA';
    await untilToldOf(rotation, 'is not a CA');
    mesh.imports.anchor = undefined;

    assert.equal((await handle.result()).outcome, 'completed');
    assert.ok(!fake.calls.includes('requestBridge'), 'cert-manager makes the bridge');
  });

  it('asks for a bridge before it waits for it, and makes none itself meanwhile', async () => {
    const rotation = await bench.start({ sources: importedBridge });
    const { mesh, fake, handle } = rotation;
    const { phase } = await untilToldOf(rotation, 'is not there yet');
    assert.equal(phase, 'BridgingIdentityIssuer');
    assert.ok(mesh.isBridgeRequested);
    assert.ok(!fake.calls.includes('makeBridge'));

    mesh.imports.bridge = undefined;

    assert.equal((await handle.result()).outcome, 'completed');
  });

  it('waits for nothing where cert-manager makes everything', async () => {
    const { handle, fake } = await bench.start();

    assert.equal((await handle.result()).outcome, 'completed');
    assert.ok(!fake.calls.some((call) => /watchImport|requestBridge/.test(call)));
  });

  it('can be paused and resumed while it waits, and says again what for', async () => {
    const rotation = await bench.start({ sources: importedAnchor });
    await untilToldOf(rotation, 'is not there yet');
    await rotation.handle.signal(pauseSignal, { by: 'ada' });
    await rotation.until('a pause', ({ condition }) => condition === 'paused');
    await rotation.handle.signal(resumeSignal, { by: 'ada' });

    await untilToldOf(rotation, 'is not there yet');
  });

  it('takes its request back when it is aborted before the switch', async () => {
    const rotation = await bench.start({ sources: importedBridge });
    await untilToldOf(rotation, 'is not there yet');

    const { text } = await rotation.handle.executeUpdate(abortUpdate, { args: [{ by: 'ada' }] });

    assert.match(text, /the rotation stops here; the next one goes on from there/);
    const report = await rotation.handle.result();
    assert.equal(report.outcome, 'held');
    assert.match(report.reason ?? '', /the signer stays pinned to the old one/);
    assert.ok(rotation.fake.calls.includes('removeBridge'));
    assert.ok(!rotation.fake.calls.includes('renewIdentityIssuer a'));
  });

  it('stays behind an imported bridge when it is aborted after the switch', async () => {
    const rotation = await bench.start({ sources: importedBridge }, ({ heldGates }) => {
      heldGates.add('issuer-bridged');
    });
    rotation.mesh.imports.bridge = undefined;
    await rotation.until('a wait for identity to take the bridged issuer up', ({ watches }) =>
      watches.some(({ gate }) => gate === 'issuer-bridged'),
    );

    await rotation.handle.executeUpdate(abortUpdate, { args: [{ by: 'ada' }] });

    const report = await rotation.handle.result();
    assert.equal(report.outcome, 'held');
    assert.match(report.reason ?? '', /the issuer stays behind the bridge/);
    assert.ok(!rotation.fake.calls.includes('removeBridge'), 'leaves stand behind it');
  });
});
