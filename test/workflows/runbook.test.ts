import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import { phasesOf } from '../../domain/phases.ts';
import { anchorA, anchorB } from '../support/survey-builder.ts';
import type { ActivityName } from './fake-activities.ts';
import { MeshModel, meshWithBoth } from './mesh-model.ts';
import type { Bench } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';

const bridgeCalls = [
  'planRotation',
  'takeLease',
  'freezeTrustAnchor',
  'pinSigner',
  'renewTrustAnchor',
  'makeBridge',
  'restartWave identity',
  'pointSigner bridge',
  'renewIdentityIssuer x',
  'keepRetirementProof',
  'retireTrustAnchor',
  'restartWave new-only',
  'restartWave new-only',
  'restartWave new-only',
  'pointSigner trust-anchor',
  'renewIdentityIssuer b',
  'removeBridge',
  'proveRetirement',
  'removeProbes',
  'unfreezeTrustAnchor',
  'releaseLease',
];

const overlapCalls = [
  'planRotation',
  'takeLease',
  'freezeTrustAnchor',
  'pinSigner',
  'renewTrustAnchor',
  'restartWave both',
  'restartWave both',
  'restartWave both',
  'pointSigner trust-anchor',
  'renewIdentityIssuer b',
  'keepRetirementProof',
  'retireTrustAnchor',
  'restartWave new-only',
  'restartWave new-only',
  'restartWave new-only',
  'proveRetirement',
  'removeProbes',
  'unfreezeTrustAnchor',
  'releaseLease',
];

const runs = [
  { method: 'bridge', calls: bridgeCalls },
  { method: 'overlap', calls: overlapCalls },
] as const;

describe('the runbook', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  for (const { method, calls } of runs) {
    it(`goes through the phases of method ${method} in their order`, async () => {
      const { handle, fake, mesh } = await bench.start({ method });

      const report = await handle.result();

      assert.equal(report.outcome, 'completed');
      assert.deepEqual(
        report.phases.map(({ phase, state }) => [phase, state]),
        phasesOf(method).map((phase) => [phase, 'done']),
      );
      assert.deepEqual(fake.changes, calls);
      assert.deepEqual([mesh.bundle, mesh.issuer, mesh.signer], ['B', 'b', 'trust-anchor']);
      assert.deepEqual(
        [mesh.hasBridge, mesh.isFrozen, mesh.leaseHolder],
        [false, false, undefined],
      );
    });
  }

  it('says so where the automatic renewal of the anchor is not put back, as it is due', async () => {
    const mesh = new MeshModel();
    mesh.renewalOverdue = '2026-06-01T00:00:00.000Z';
    const { handle } = await bench.start({ mesh });

    const { outcome, notes } = await handle.result();

    assert.equal(outcome, 'completed');
    assert.equal(mesh.isFrozen, true);
    assert.match(
      JSON.stringify(notes),
      /the automatic renewal of the trust anchor stays off: .* due since 2026-06-01/,
    );
  });

  it('restarts for leaves as well when it is urgent', async () => {
    const mesh = new MeshModel();
    mesh.leavesRefresh = false;
    const { handle, fake } = await bench.start({ mesh, pace: 'urgent' });

    const report = await handle.result();

    assert.equal(report.outcome, 'completed');
    assert.equal(fake.changes.filter((call) => call === 'restartWave leaves').length, 3);
    assert.deepEqual(report.restarts, { waves: 4, workloads: 6 });
  });

  it('lets a wave take as long as the request lets it wait', async () => {
    const hourMs = 3_600_000;
    const given: (number | undefined)[] = [];
    const timings = { settleMs: hourMs, rolloutTimeoutMs: 2 * hourMs };
    const { handle } = await bench.start({ timings }, (fake) => {
      fake.before('restartWave', () => {
        given.push(Context.current().info.startToCloseTimeoutMs);
      });
    });

    await handle.result();

    assert.ok(given.length > 0);
    assert.ok(given.every((ms = 0) => ms > 3 * hourMs));
  });

  it('lets cert-manager take as long as the request lets it wait, for each certificate', async () => {
    const issuanceTimeoutMs = 3 * 3_600_000;
    const changes = [
      'pinSigner',
      'renewTrustAnchor',
      'makeBridge',
      'pointSigner',
      'renewIdentityIssuer',
      'keepRetirementProof',
      'retireTrustAnchor',
    ] as const;
    const surveys = ['restartWave', 'watchGate', 'proveRetirement'] as const;
    const given = new Map<ActivityName, number>();
    const { handle } = await bench.start({ timings: { issuanceTimeoutMs } }, (fake) => {
      for (const name of [...changes, ...surveys])
        fake.before(name, () => {
          given.set(name, Context.current().info.startToCloseTimeoutMs);
        });
    });

    await handle.result();

    // Around each there may be a survey with probes; a pin waits for the signer and for a trial as well.
    for (const name of changes) assert.ok((given.get(name) ?? 0) > 4 * issuanceTimeoutMs, name);
    for (const name of surveys) assert.ok((given.get(name) ?? 0) > issuanceTimeoutMs, name);
  });
});

describe('a rotation that does not begin at the beginning', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  it('goes on from where the cluster stands', async () => {
    const { handle, fake } = await bench.start({ mesh: meshWithBoth() });

    const report = await handle.result();

    assert.equal(report.outcome, 'completed');
    assert.deepEqual(
      report.phases.map(({ phase }) => phase),
      ['Preflight', ...phasesOf('bridge').slice(3)],
    );
    assert.ok(!fake.calls.includes('renewTrustAnchor'));
  });

  it('answers that the anchor is rotated already, and changes nothing', async () => {
    const { handle, fake } = await bench.start({ replaces: anchorB.fingerprint });

    const report = await handle.result();

    assert.equal(report.outcome, 'already-rotated');
    assert.deepEqual(fake.calls, ['planRotation']);
  });

  it('does not start on a plan with blockers, and names the first', async () => {
    const mesh = new MeshModel();
    mesh.signer = 'other';
    const { handle, fake } = await bench.start({ mesh });

    const report = await handle.result();

    assert.equal(report.outcome, 'not-started');
    assert.match(report.reason ?? '', /^1 blockers; cluster: the ClusterIssuer signs with Secret/);
    assert.deepEqual(fake.calls, ['planRotation']);
  });

  it('does not run another plan than the one that was agreed to', async () => {
    const { handle, fake } = await bench.start({ planHash: '0123456789ab' });

    const report = await handle.result();

    assert.equal(report.outcome, 'not-started');
    assert.match(report.reason ?? '', /the plan has changed .*0123456789ab/);
    assert.deepEqual(fake.calls, ['planRotation']);
  });

  it('keeps anchors, approvals and the end of every phase in its report', async () => {
    const { handle } = await bench.start({ replaces: anchorA.fingerprint });

    const report = await handle.result();

    assert.equal(report.anchors?.a.certificate.fingerprint, anchorA.fingerprint);
    assert.equal(report.anchors.b?.certificate.fingerprint, anchorB.fingerprint);
    assert.equal(
      report.rotationId,
      `${anchorA.fingerprint.slice(0, 8)}-${anchorB.fingerprint.slice(0, 8)}`,
    );
    assert.deepEqual(
      report.approvals.map(({ gate, by }) => [gate, by]),
      [
        ['switch-issuer', 'automatic'],
        ['retire-anchor', 'automatic'],
      ],
    );
    assert.ok(
      report.phases.every(
        ({ startedAt, endedAt }) => startedAt !== undefined && endedAt !== undefined,
      ),
    );
  });
});
