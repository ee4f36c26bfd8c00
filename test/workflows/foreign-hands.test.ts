import assert from 'node:assert/strict';
import { resumeSignal } from '../../workflows/messages.ts';
import { MeshModel, meshWithBoth } from './mesh-model.ts';
import type { Bench, RunningRotation } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';
import { untilBlocked, waitsAt } from './test-messages.ts';

describe("another hand's change", () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  async function withForeignSigner(
    signer: MeshModel['signer'] = 'other',
  ): Promise<RunningRotation> {
    const rotation = await bench.start({}, ({ heldGates }) => {
      heldGates.add('bundle-holds-both');
    });
    await waitsAt(rotation, 'RenewingTrustAnchor', 'watchGate bundle-holds-both');
    rotation.mesh.signer = signer;
    rotation.fake.heldGates.clear();
    const { waiting } = await untilBlocked(rotation);
    assert.deepEqual(
      waiting?.laggards.map(({ what, reason }) => `${what} ${reason}`),
      [`signer of the ClusterIssuer was previous-anchor, is ${signer}`],
    );
    return rotation;
  }

  it('stops a rotation until it is undone', async () => {
    const rotation = await withForeignSigner();

    rotation.mesh.signer = 'previous-anchor';

    const report = await rotation.handle.result();
    assert.equal(report.outcome, 'completed');
    assert.ok(!report.notes.some(({ text }) => text.includes('another hand')));
  });

  it('is gone on with by another plan when a person resumes', async () => {
    const rotation = await withForeignSigner('trust-anchor');

    await rotation.handle.signal(resumeSignal, { by: 'ann' });

    const report = await rotation.handle.result();
    assert.equal(report.outcome, 'completed');
    assert.ok(report.notes.some(({ text }) => text.startsWith('a person resumed with the change')));
    assert.equal(rotation.fake.calls.filter((call) => call === 'planRotation').length, 2);
    assert.equal(rotation.fake.calls.filter((call) => call === 'pinSigner').length, 2);
  });

  it('is not gone on with where no plan leads on from it', async () => {
    const rotation = await withForeignSigner();

    await rotation.handle.signal(resumeSignal, { by: 'ann' });
    const { waiting } = await rotation.until(
      'what is in the way of a new plan',
      (state) => state.waiting?.laggards.some(({ what }) => what === 'cluster') === true,
    );
    assert.match(waiting?.for ?? '', /in the way of a new plan/);

    rotation.mesh.signer = 'previous-anchor';
    await rotation.handle.signal(resumeSignal, { by: 'ann' });
    assert.equal((await rotation.handle.result()).outcome, 'completed');
  });

  it('is gone on with as well when a mutation has found it, and not a watch', async () => {
    const rotation = await bench.start({}, (fake) => {
      fake.before('renewTrustAnchor', () => {
        rotation.mesh.signer = 'trust-anchor';
      });
    });
    await untilBlocked(rotation);

    await rotation.handle.signal(resumeSignal, { by: 'ann' });

    assert.equal((await rotation.handle.result()).outcome, 'completed');
  });

  it('is not taken for its own where it falls into one of its own changes', async () => {
    const mesh = new MeshModel();
    const look = mesh.survey.bind(mesh);
    let isReverted = false;
    mesh.survey = (request) => {
      // As a controller does that keeps the ClusterIssuer as a repository has it.
      if (mesh.trustAnchor === 'B' && !isReverted) mesh.signer = 'trust-anchor';
      isReverted ||= mesh.trustAnchor === 'B';
      return look(request);
    };
    const rotation = await bench.start({ mesh });

    const { waiting } = await untilBlocked(rotation);

    assert.deepEqual(
      waiting?.laggards.map(({ what, reason }) => `${what} ${reason}`),
      ['signer of the ClusterIssuer was previous-anchor, is trust-anchor'],
    );
    assert.ok(!rotation.fake.calls.includes('makeBridge'));
  });

  it('is not seen in a bundle that has still to follow what a person had renewed before', async () => {
    const mesh = new MeshModel();
    mesh.trustAnchor = 'B';
    mesh.written = 'A';
    const rotation = await bench.start({ mesh }, (fake) => {
      fake.before('pinSigner', () => {
        // As trust-manager does once it looks.
        mesh.written = undefined;
      });
    });

    assert.equal((await rotation.handle.result()).outcome, 'completed');
    assert.ok(rotation.fake.told.every(({ state }) => state.condition !== 'blocked'));
  });

  it('is found before the proof is given', async () => {
    const rotation = await bench.start({ mesh: meshWithBoth() }, (fake) => {
      fake.before('proveRetirement', () => {
        rotation.mesh.signer = 'other';
      });
    });

    const { phase } = await untilBlocked(rotation);
    assert.equal(phase, 'Verifying');

    rotation.mesh.signer = 'trust-anchor';
    assert.equal((await rotation.handle.result()).outcome, 'completed');
  });

  it('is no longer reported once it is undone', async () => {
    const rotation = await withForeignSigner();

    rotation.fake.heldGates.add('bundle-holds-both');
    rotation.mesh.signer = 'previous-anchor';
    rotation.fake.reportEveryMs = 20;

    await rotation.until('it to run again', ({ condition, waiting }) => {
      return condition === 'running' && waiting === undefined;
    });
  });
});
