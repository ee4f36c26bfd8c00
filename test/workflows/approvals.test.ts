import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApprovalName } from '../../domain/phases.ts';
import {
  abortUpdate,
  approveSignal,
  approveUpdate,
  resumeSignal,
  statusQuery,
} from '../../workflows/messages.ts';
import { waitFor } from '../support/wait-for.ts';
import { marginUntil, meshWithBoth } from './mesh-model.ts';
import type { Bench, CacheMode, RunningRotation, Wishes } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';
import { shown, updateRefusal } from './test-messages.ts';

const required: Wishes['approvals'] = { 'switch-issuer': 'required', 'retire-anchor': 'required' };

const askedIn = {
  'switch-issuer': 'BridgingIdentityIssuer',
  'retire-anchor': 'RetiringTrustAnchor',
} as const;

/** Seen in search attributes: without a cache, a query would keep the worker from its work. */
async function untilAsked(rotation: RunningRotation, gate: ApprovalName): Promise<void> {
  await waitFor(
    async () =>
      (await shown(rotation, 'RotationState')) === 'waiting-for-approval' &&
      (await shown(rotation, 'RotationPhase')) === askedIn[gate],
    { what: `approval ${gate} to be asked for` },
  );
}

for (const mode of ['cached', 'replayed'] satisfies CacheMode[]) {
  describe(`approvals (workflow ${mode})`, () => {
    let bench: Bench;
    before(async () => {
      bench = await rotationBench(mode);
    });
    afterEach(() => bench.clean());

    it('are waited for, before the issuer is switched and before the anchor is retired', async () => {
      const rotation = await bench.start({ approvals: required, mesh: meshWithBoth() });
      const { handle, mesh } = rotation;

      await untilAsked(rotation, 'switch-issuer');
      assert.equal(mesh.signer, 'previous-anchor');
      await handle.signal(approveSignal, { by: 'ann' });

      await untilAsked(rotation, 'retire-anchor');
      assert.deepEqual([mesh.issuer, mesh.bundle], ['x', 'A,B']);
      const { planHash } = await handle.query(statusQuery);
      const answer = await handle.executeUpdate(approveUpdate, {
        args: [{ gate: 'retire-anchor', by: 'bob', planHash }],
      });

      assert.deepEqual(answer, { text: 'approved retire-anchor' });
      const report = await handle.result();
      assert.equal(report.outcome, 'completed');
      assert.deepEqual(
        report.approvals.map(({ gate, by }) => [gate, by]),
        [
          ['switch-issuer', 'ann'],
          ['retire-anchor', 'bob'],
        ],
      );
    });
  });
}

describe('an approval', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  it('is refused without a trace when it is not the one that is waited for', async () => {
    const rotation = await bench.start({ approvals: required, mesh: meshWithBoth() });
    await untilAsked(rotation, 'switch-issuer');
    const before = (await rotation.handle.fetchHistory()).events?.length;

    await updateRefusal(
      rotation,
      approveUpdate,
      { gate: 'retire-anchor', by: 'ann' },
      /waits for switch-issuer, not for retire-anchor/,
    );
    await updateRefusal(
      rotation,
      approveUpdate,
      { gate: 'switch-issuer', by: ' ' },
      /say who approves/,
    );
    await updateRefusal(
      rotation,
      approveUpdate,
      { gate: 'switch-issuer', by: 'ann', planHash: 'another-plan' },
      /the plan that was approved \(another-plan\) is not the plan that runs/,
    );

    assert.equal((await rotation.handle.fetchHistory()).events?.length, before);
    assert.equal(rotation.mesh.signer, 'previous-anchor');
  });

  it('is refused as an update, and ignored as a signal, while nothing waits for one', async () => {
    const rotation = await bench.start({ approvals: required }, ({ heldGates }) => {
      heldGates.add('signer-pinned');
    });
    await rotation.until('the first gate', ({ phase }) => phase === 'PinningSigner');

    await updateRefusal(
      rotation,
      approveUpdate,
      { gate: 'switch-issuer', by: 'ann' },
      /nothing waits for an approval/,
    );
    await rotation.handle.signal(approveSignal);

    const { approvals } = await rotation.until('a note of it', ({ notes }) =>
      notes.some(({ text }) => /^approval by somebody .* ignored/.test(text)),
    );
    assert.deepEqual(approvals, []);
  });

  for (const [gate, change, way] of [
    ['switch-issuer', 'pointSigner bridge', 'a person to abort'],
    ['retire-anchor', 'retireTrustAnchor', 'a person to resume, which is safer than an abort'],
  ] as const) {
    it(`${gate} is not waited for beyond the hard deadline, which is said then`, async () => {
      const rotation = await bench.start({
        approvals: {
          'switch-issuer': 'automatic',
          'retire-anchor': 'automatic',
          [gate]: 'required',
        },
        mesh: meshWithBoth(),
        timings: { deadlineMarginMs: marginUntil(Date.now() + 3_000) },
      });

      const { waiting } = await rotation.until(
        'the deadline to have passed',
        (state) => state.waiting?.cause === 'deadline',
      );

      assert.match(waiting?.for ?? '', new RegExp(`^${way}: the hard deadline .* has passed$`));
      assert.ok(!rotation.fake.calls.includes(change));
      await rotation.handle.executeUpdate(abortUpdate, { args: [{ by: 'ann' }] });
      assert.equal((await rotation.handle.result()).outcome, 'held');
    });
  }

  it('is of no use where the leaves come too late for the hard deadline', async () => {
    const timings = { deadlineMarginMs: marginUntil(Date.now() + 5_000) };
    const rotation = await bench.start({ mesh: meshWithBoth(), timings }, (fake) => {
      fake.before('keepRetirementProof', () => {
        fake.heldGates.add('leaves-under-new-anchor');
      });
    });
    const { hardDeadline = '' } = await rotation.until(
      'the phase',
      ({ phase }) => phase === 'RetiringTrustAnchor',
    );
    await delay(Math.max(Date.parse(hardDeadline) - Date.now(), 0));
    rotation.fake.heldGates.clear();

    await rotation.until(
      'the deadline to have passed',
      ({ waiting }) => waiting?.cause === 'deadline',
    );
    assert.ok(!rotation.fake.calls.includes('retireTrustAnchor'));
    await rotation.handle.signal(resumeSignal, { by: 'ann' });
    assert.equal((await rotation.handle.result()).outcome, 'completed');
  });

  it('may still be given to the retirement after the hard deadline, once a person has resumed', async () => {
    const rotation = await bench.start({
      approvals: { 'switch-issuer': 'automatic', 'retire-anchor': 'required' },
      mesh: meshWithBoth(),
      timings: { deadlineMarginMs: marginUntil(Date.now() + 3_000) },
    });
    await rotation.until('the deadline', ({ waiting }) => waiting?.cause === 'deadline');
    await rotation.handle.signal(resumeSignal, { by: 'ann' });
    await rotation.until('the approval', ({ waiting }) => waiting?.approval === 'retire-anchor');
    await rotation.handle.signal(approveSignal, { by: 'ann' });

    const { outcome, notes } = await rotation.handle.result();

    assert.equal(outcome, 'completed');
    assert.match(JSON.stringify(notes), /goes on after the hard deadline/);
  });

  it('does not let the issuer be switched while a proxy refuses the bridge', async () => {
    const mesh = meshWithBoth();
    mesh.refusesBridge.add('web');
    const { until, handle, fake } = await bench.start(
      { mesh, timings: { gatePatienceMs: 0 } },
      (fakes) => {
        fakes.reportEveryMs = 20;
      },
    );

    const { waiting } = await until(
      'the gate to be blocked',
      ({ condition }) => condition === 'blocked',
    );
    assert.deepEqual(
      waiting?.laggards.map(({ what, reason }) => [what, reason]),
      [['pod shop/web-1', 'refused a certificate behind the bridge']],
    );
    assert.ok(!fake.calls.includes('pointSigner bridge'));
    mesh.refusesBridge.clear();

    assert.equal((await handle.result()).outcome, 'completed');
  });
});
