import assert from 'node:assert/strict';
import { ExitCode } from '../../client/exit-codes.ts';
import { assertGolden } from '../support/golden-file.ts';
import { planResult } from './fixtures.ts';
import { anAnswer, clusterNamed, runClient } from './run-client.ts';

const aCluster = { connectors: { openCluster: clusterNamed('uid-1') } };

describe('linkerd-trust plan', () => {
  it('shows what a person must know before agreeing', async () => {
    const run = await runClient(['plan', '--approve-automatically', 'retire-anchor'], {
      ...aCluster,
      isTTY: true,
      now: () => Date.parse('2026-06-01T12:00:00Z'),
    });

    assert.equal(run.code, ExitCode.ok);
    for (const expected of [
      /^Plan 0123456789ab for the trust anchor of prod$/m,
      /^ {2}anchor in use \(A\) +[0-9a-f]{8} CN=root, ends 2027-01-01/m,
      /^ {2}next anchor \(B\)/m,
      /^ {2}position +PinningSigner: the signer is not pinned$/m,
      /^ {2}method +overlap: asked for$/m,
      /^ {2}phases +Preflight → PinningSigner → RenewingIdentityIssuer$/m,
      /^ {2}approvals +switch-issuer by a person, retire-anchor by itself$/m,
      /^ {2}fleet +60 live proxies of 20 workloads$/m,
      /^ {2}restarts +40 workload restarts in 2 passes of 2 waves$/m,
      /^ {2}expected duration +2h 00m$/m,
      /^ {2}hard deadline +2026-12-01 00:00:00Z \(in 182d 12h\)$/m,
      /^Blockers: none$/m,
      /Nothing was changed. Next step: linkerd-trust rotate/,
    ]) {
      assert.match(run.stdout, expected);
    }
    assert.ok(run.stdout.split('\n').every((line) => line.length <= 80));
    await assertGolden('test/client/golden/plan.txt', run.stdout);
  });

  it('shows blockers and risks at 80 columns', async () => {
    const plan = {
      blockers: [
        {
          what: 'Link multicluster/west',
          reason: 'shares the anchor and cannot be observed from here',
          remedy:
            "give it both anchors, then except it: --except 'Link multicluster/west=has both'",
        },
      ],
      risks: [
        'no pod of Deployment shop/web may be missing while it is restarted, says its budget',
      ],
    };
    const run = await runClient(['plan'], {
      connectors: { ...aCluster.connectors, plannerFor: () => async () => planResult(plan) },
      isTTY: true,
      now: () => Date.parse('2026-06-01T12:00:00Z'),
    });

    assert.ok(run.stdout.split('\n').every((line) => line.length <= 80));
    await assertGolden('test/client/golden/plan-blocked.txt', run.stdout);
  });

  it('ends with its own code when there are blockers, each with a remedy', async () => {
    const blockers = [
      { what: 'Link multicluster/west', reason: 'is outside', remedy: 'except it' },
    ];
    const plannerFor = () => async () => planResult({ blockers });

    const run = await runClient(['plan'], { connectors: { ...aCluster.connectors, plannerFor } });

    assert.equal(run.code, ExitCode.blocked);
    assert.match(run.stdout, /✗ Link multicluster\/west: is outside\n {4}→ except it/);
  });

  it('hands the flags to the planner and prints one JSON document', async () => {
    const asked: unknown[] = [];
    const plannerFor = () => async (question: unknown) => {
      asked.push(question);
      return planResult();
    };
    const flags = ['--pace', 'urgent', '--wave-size', '3', '--timing', 'certificateAgeMs=2s'];
    const except = ['--except', 'Link multicluster/west=has both = fine', '--by', 'bob'];

    const run = await runClient(['plan', ...flags, ...except, '--output', 'json'], {
      connectors: { ...aCluster.connectors, plannerFor },
    });

    anAnswer('plan', run.stdout);
    assert.deepEqual(JSON.parse(run.stdout), JSON.parse(JSON.stringify(planResult())));
    const [question] = asked;
    assert.ok(typeof question === 'object' && question !== null);
    assert.partialDeepStrictEqual(question, {
      pace: 'urgent',
      restarts: { waveSize: 3 },
      timings: { certificateAgeMs: 2_000, pollMs: 5_000 },
      exceptions: [{ name: 'Link multicluster/west', reason: 'has both = fine', by: 'bob' }],
      replaces: '',
    });
  });

  it('ends as interrupted when a person stops the survey', async () => {
    const interruption = new AbortController();
    const plannerFor = () => async () => {
      interruption.abort(new Error('interrupted'));
      throw new Error('aborted');
    };

    const run = await runClient(['plan'], {
      connectors: { ...aCluster.connectors, plannerFor },
      interrupted: interruption.signal,
    });

    assert.equal(run.code, ExitCode.interrupted);
    assert.match(run.stderr, /it was interrupted; nothing was changed/);
  });
});
