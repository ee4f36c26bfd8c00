import assert from 'node:assert/strict';
import { documentedObjects } from '../../domain/objects.ts';
import {
  approveUpdate,
  exceptUpdate,
  pauseSignal,
  resumeSignal,
} from '../../workflows/messages.ts';
import { waitFor } from '../support/wait-for.ts';
import { MeshModel } from './mesh-model.ts';
import type { Bench, RunningRotation } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';

const objects = { ...documentedObjects, bundleOwnership: 'direct' } as const;
const aboutTheBundle = new Set([
  'renewTrustAnchor',
  'writeBundle',
  'makeBridge',
  'retireTrustAnchor',
]);

function untilForeignHands({ until }: RunningRotation): ReturnType<RunningRotation['until']> {
  return until('a block by another hand', ({ waiting }) => waiting?.cause === 'foreign-hands');
}

describe('a rotation that writes the bundle', () => {
  let bench: Bench;
  let mesh: MeshModel;
  before(async () => {
    bench = await rotationBench('cached');
  });
  beforeEach(() => {
    mesh = new MeshModel();
    mesh.written = 'A';
  });
  afterEach(() => bench.clean());

  it('does so after each change of the anchor Secrets', async () => {
    const { handle, fake } = await bench.start({ mesh, objects });

    assert.equal((await handle.result()).outcome, 'completed');
    assert.deepEqual(
      fake.changes.filter((call) => aboutTheBundle.has(call)),
      ['renewTrustAnchor', 'writeBundle', 'makeBridge', 'retireTrustAnchor', 'writeBundle'],
    );
    assert.equal(mesh.written, 'B');
  });

  it('leaves it alone where trust-manager follows', async () => {
    const { handle, fake } = await bench.start();

    assert.equal((await handle.result()).outcome, 'completed');
    assert.ok(!fake.changes.includes('writeBundle'));
  });

  it('takes up a retirement whose engine ended before the bundle was written', async () => {
    mesh.trustAnchor = 'B';
    mesh.previousAnchor = 'B';
    mesh.signer = 'bridge';
    mesh.issuer = 'x';
    mesh.hasBridge = true;
    mesh.written = 'A,B';
    mesh.identity = { holds: 'A,B', signs: 'x' };
    for (const one of Object.values(mesh.proxies))
      Object.assign(one, { holds: 'A,B', presents: 'x' });
    const { handle, fake } = await bench.start({ mesh, objects });

    assert.equal((await handle.result()).outcome, 'completed');
    assert.deepEqual(
      fake.changes.filter((call) => aboutTheBundle.has(call)),
      ['writeBundle'],
    );
    assert.equal(mesh.written, 'B');
  });

  it('takes no change of it for its own between the renewal and the write', async () => {
    const rotation = await bench.start({ mesh, objects }, (fake) => {
      fake.before('writeBundle', () => {
        mesh.written = 'B';
      });
    });

    const { waiting } = await untilForeignHands(rotation);
    assert.equal(waiting?.laggards[0]?.what, 'trust bundle');
    assert.equal(mesh.written, 'B', 'it was written over');

    mesh.written = 'A';
    assert.equal((await rotation.handle.result()).outcome, 'completed');
  });

  /** Another hand's bundle is shown, and the cluster is being looked at again until `lookEnds`. */
  async function lookedAtAgain(
    meanwhile: () => void = () => undefined,
  ): Promise<{ readonly rotation: RunningRotation; readonly lookEnds: () => void }> {
    const looking = Promise.withResolvers<undefined>();
    const ended = Promise.withResolvers<undefined>();
    const rotation = await bench.start({ mesh, objects }, (fake) => {
      fake.before(
        'writeBundle',
        () => {
          mesh.written = 'B';
        },
        () => {
          meanwhile();
          looking.resolve(undefined);
          return ended.promise;
        },
      );
    });
    await untilForeignHands(rotation);
    await looking.promise;
    return {
      rotation,
      lookEnds: () => {
        ended.resolve(undefined);
      },
    };
  }

  it('hears a person who resumes while the cluster is looked at', async () => {
    const { rotation, lookEnds } = await lookedAtAgain();

    await rotation.handle.signal(resumeSignal, { by: 'ann' });
    lookEnds();

    assert.equal((await rotation.handle.result()).outcome, 'completed');
  });

  it('takes the end of a pause for no word', async () => {
    const { rotation, lookEnds } = await lookedAtAgain();

    await rotation.handle.signal(pauseSignal, { by: 'ann' });
    await rotation.handle.signal(resumeSignal, { by: 'ann' });
    const exception = { name: 'Deployment shop/web', by: 'ann', reason: 'is being removed' };
    await rotation.handle.executeUpdate(exceptUpdate, { args: [exception] });
    const calls = rotation.fake.calls.length;
    lookEnds();

    await waitFor(() => rotation.fake.calls.length > calls, { what: 'another look' });
    assert.equal(mesh.written, 'B', 'it was written over');
    mesh.written = 'A';
    const { outcome, notes } = await rotation.handle.result();
    assert.equal(outcome, 'completed');
    assert.ok(!notes.some(({ text }) => text.startsWith('a person resumed')));
  });

  it('takes nobody’s word for a change that was not shown yet', async () => {
    const { rotation, lookEnds } = await lookedAtAgain(() => {
      mesh.signer = 'trust-anchor';
    });

    await rotation.handle.signal(resumeSignal, { by: 'ann' });
    lookEnds();

    await rotation.until('both to be shown', ({ waiting }) => waiting?.laggards.length === 2);
    mesh.written = 'A';
    mesh.signer = 'previous-anchor';
    const { outcome, notes } = await rotation.handle.result();
    assert.equal(outcome, 'completed');
    assert.ok(!notes.some(({ text }) => text.startsWith('a person resumed')));
  });

  it('writes it anew when a person resumes with what another hand has made of it', async () => {
    const approvals = { 'switch-issuer': 'required', 'retire-anchor': 'automatic' } as const;
    const rotation = await bench.start({ mesh, objects, approvals });
    const { handle, until } = rotation;
    await until('the approval to be asked for', ({ waiting }) => waiting?.approval !== undefined);
    mesh.written = 'A';
    const approval = { gate: 'switch-issuer', by: 'ann' } as const;
    await handle.executeUpdate(approveUpdate, { args: [approval] });
    await untilForeignHands(rotation);

    await handle.signal(resumeSignal, { by: 'ann' });
    await waitFor(() => mesh.written === 'A,B', { what: 'the bundle to be written anew' });
    await until('the approval to be asked again', ({ waiting }) => waiting?.approval !== undefined);
    await handle.executeUpdate(approveUpdate, { args: [approval] });
    assert.equal((await handle.result()).outcome, 'completed');
  });
});
