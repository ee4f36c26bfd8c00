import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { FailureType } from '../../activities/failures.ts';
import { knownFailure } from '../../activities/to-failure.ts';
import { abortUpdate, exceptUpdate, resumeSignal } from '../../workflows/messages.ts';
import { makeRoot } from '../support/certificates.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Step } from './fake-activities.ts';
import { needsAPerson } from './fake-activities.ts';
import { MeshModel, meshWithBoth } from './mesh-model.ts';
import type { Bench } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';
import { goesOnTo, untilBlocked, updateRefusal, waitsAt } from './test-messages.ts';

const laggard = {
  what: 'pod shop/web-1',
  reason: 'holds A',
  remedy: 'restart Deployment shop/web',
};

function fails(type: FailureType, message: string): Step {
  return () => {
    throw knownFailure(type, message, { laggards: [laggard] });
  };
}

describe('a change', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  it('that the invariants refuse is shown as blocked and tried again on a later survey', async () => {
    const refused = fails(FailureType.MutationRefused, 'the invariants to allow it (I1 refuses)');
    const seen = Promise.withResolvers<undefined>();
    const rotation = await bench.start({}, (fake) => {
      fake.before('renewTrustAnchor', refused, refused, () => seen.promise);
    });

    const { waiting, phase } = await untilBlocked(rotation);

    assert.equal(phase, 'RenewingTrustAnchor');
    assert.equal(waiting?.for, 'the invariants to allow it (I1 refuses)');
    assert.deepEqual(waiting.laggards, [laggard]);
    seen.resolve(undefined);
    await goesOnTo(rotation, 'watchGate bundle-holds-both');
    assert.equal(rotation.fake.calls.filter((call) => call === 'renewTrustAnchor').length, 3);
  });

  it('that much stands in the way of names the first fifty of it and counts the rest', async () => {
    const laggards = Array.from({ length: 60 }, (_, index) => ({
      ...laggard,
      what: `pod shop/web-${String(index)}`,
    }));
    const rotation = await bench.start({}, (fake) => {
      fake.before('renewTrustAnchor', () => {
        throw knownFailure(FailureType.UnfitAnchor, 'much', { laggards, unnamed: 5 });
      });
    });

    const { waiting } = await untilBlocked(rotation);

    assert.deepEqual(waiting?.laggards, laggards.slice(0, 50));
    assert.equal(waiting.unnamed, 15);
    await waitFor(() => rotation.fake.told.at(-1)?.state.waiting?.unnamed === 15, {
      what: 'the resource to be told of it',
    });
  });

  it('that failed for good waits for a person, and is tried again when one resumes', async () => {
    const rotation = await bench.start({}, (fake) => {
      fake.before('renewTrustAnchor', needsAPerson);
    });

    const { waiting, notes } = await untilBlocked(rotation);
    assert.match(waiting?.for ?? '', /^a person to look, .*: The Certificate is gone$/);
    assert.equal(notes.at(-1)?.text, 'The Certificate is gone');

    await rotation.handle.signal(resumeSignal, { by: 'ann' });
    await goesOnTo(rotation, 'watchGate bundle-holds-both');
  });

  it('that failed for good can be left by an abort', async () => {
    const rotation = await bench.start({}, (fake) => {
      fake.before('renewTrustAnchor', needsAPerson);
    });
    await untilBlocked(rotation);

    await rotation.handle.executeUpdate(abortUpdate, { args: [{ by: 'ann' }] });

    assert.equal((await rotation.handle.result()).outcome, 'held');
    assert.equal(rotation.mesh.trustAnchor, 'A');
  });

  it('that failed for good takes no private key into the history, wherever its error has one', async () => {
    const { keyPem } = await makeRoot('root');
    const rotation = await bench.start({}, (fake) => {
      fake.before('renewTrustAnchor', () => {
        throw ApplicationFailure.create({
          message: `could not copy ${keyPem}`,
          type: 'TlsSecretError',
          nonRetryable: true,
          details: [{ laggards: [{ ...laggard, reason: keyPem }] }],
          cause: new Error(`read ${keyPem}`),
        });
      });
    });

    const { waiting } = await untilBlocked(rotation);

    assert.match(waiting?.for ?? '', /could not copy \[private key removed\]/);
    const history = JSON.stringify(await rotation.handle.fetchHistory(), (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    );
    assert.ok(history.includes('could not copy'));
    assert.ok(!history.includes('PRIVATE KEY-----'));
    // The worker that sent it has not gone down.
    await rotation.handle.signal(resumeSignal, { by: 'ann' });
    await goesOnTo(rotation, 'watchGate bundle-holds-both');
  });

  it('does not begin while another engine holds the Lease', async () => {
    const mesh = new MeshModel();
    mesh.leaseHolder = 'another engine';
    const rotation = await bench.start({ mesh });

    const { waiting } = await untilBlocked(rotation);
    assert.match(waiting?.for ?? '', /another engine holds the Lease/);
    assert.deepEqual(rotation.fake.calls, ['planRotation', 'takeLease']);

    mesh.leaseHolder = undefined;
    await rotation.handle.signal(resumeSignal);
    await goesOnTo(rotation, 'pinSigner');
  });

  it('names what makes the new anchor unfit', async () => {
    const rotation = await bench.start({}, (fake) => {
      fake.before('renewTrustAnchor', fails(FailureType.UnfitAnchor, 'the new anchor is not a CA'));
    });

    const { waiting } = await untilBlocked(rotation);

    assert.match(waiting?.for ?? '', /the new anchor is not a CA/);
    assert.deepEqual(waiting?.laggards, [laggard]);
  });
});

describe('a cross-signing that is refused', () => {
  it('makes the rotation go on by the overlap', async () => {
    const bench = await rotationBench('cached');
    const rotation = await bench.start({ mesh: meshWithBoth() }, (fake) => {
      fake.before('makeBridge', fails(FailureType.CrossSigningRefused, 'A did not cross-sign B'));
    });

    const report = await rotation.handle.result();

    assert.equal(report.outcome, 'completed');
    assert.equal(report.method, 'overlap');
    assert.deepEqual(
      report.phases.map(({ phase }) => phase),
      [
        'Preflight',
        'PropagatingTrustRoots',
        'RenewingIdentityIssuer',
        'ReplacingLeaves',
        'RetiringTrustAnchor',
        'Verifying',
      ],
    );
    assert.ok(report.notes.some(({ text }) => text.endsWith('overlap: A did not cross-sign B')));
    await bench.clean();
  });

  it('restarts nothing at pace natural before a person has agreed to restarts', async () => {
    const bench = await rotationBench('cached');
    const rotation = await bench.start({ mesh: meshWithBoth(), pace: 'natural' }, (fake) => {
      fake.before('makeBridge', fails(FailureType.CrossSigningRefused, 'A did not cross-sign B'));
    });

    const { waiting } = await untilBlocked(rotation);
    assert.match(waiting?.for ?? '', /^a person to resume at pace steady, or to abort: /);
    assert.ok(!rotation.fake.calls.includes('restartWave both'));
    await rotation.handle.signal(resumeSignal, { by: 'ann' });

    const report = await rotation.handle.result();
    assert.deepEqual([report.outcome, report.method], ['completed', 'overlap']);
    await bench.clean();
  });
});

describe('an exception', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  it('lets a gate pass that one proxy blocks, and stands in the report', async () => {
    const mesh = meshWithBoth();
    mesh.refusesBridge.add('web');
    const rotation = await bench.start({ mesh });
    await waitsAt(rotation, 'BridgingIdentityIssuer', 'watchGate fleet-accepts-bridge');
    const exception = { name: 'Deployment shop/web', by: 'ann', reason: 'is being removed' };

    await updateRefusal(rotation, exceptUpdate, { ...exception, by: '' }, /say who excepts it/);
    await updateRefusal(
      rotation,
      exceptUpdate,
      { ...exception, reason: '' },
      /the name and the reason/,
    );
    await updateRefusal(
      rotation,
      exceptUpdate,
      { ...exception, name: 'trust bundle' },
      /only pods, workloads and members outside the cluster/,
    );
    const answer = await rotation.handle.executeUpdate(exceptUpdate, { args: [exception] });

    assert.deepEqual(answer, { text: 'excepted Deployment shop/web' });
    const report = await rotation.handle.result();
    assert.equal(report.outcome, 'completed');
    assert.deepEqual(report.exceptions, [exception]);
    assert.deepEqual(mesh.proxies.web.holds, 'A');
  });
});
