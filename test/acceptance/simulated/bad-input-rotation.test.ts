import assert from 'node:assert/strict';
import { ExitCode } from '../../../client/exit-codes.ts';
import type { LocalMesh } from '../../../deploy/local/local-mesh.ts';
import { smallApps, startLocalMesh } from '../../../deploy/local/local-mesh.ts';
import type { LocalWorker } from '../../../deploy/local/local-worker.ts';
import { startLocalWorker } from '../../../deploy/local/local-worker.ts';
import { startCluster } from '../../../simulator/cluster/start-cluster.ts';
import { temporalServer } from '../../support/temporal.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { CommandBench } from '../support/command-bench.ts';
import { createCommandBench, denying, messageOf } from '../support/command-bench.ts';
import type { RunningCommand } from '../support/command-line.ts';
import { commandTimeoutMs } from '../support/command-line.ts';

/** Seconds instead of minutes, so that the rotation soon waits for its first approval. */
const short = ['pollMs=200ms', 'settleMs=1s', 'certificateAgeMs=500ms', 'deadlineMarginMs=1m'];
const quick = short.flatMap((timing) => ['--timing', timing]);

describe('what a rotation that runs does not take', () => {
  let mesh: LocalMesh;
  let worker: LocalWorker | undefined;
  let bench: CommandBench;
  let temporal: { readonly TEMPORAL_ADDRESS: string };

  before(async () => {
    const { address } = await temporalServer();
    temporal = { TEMPORAL_ADDRESS: address };
    const cluster = await startCluster({
      authorize: denying({ 'no-pin': { verb: 'patch', resource: 'clusterissuers' } }),
    });
    const local = { kubeConfigYaml: cluster.kubeConfigYaml(), stop: () => cluster.stop() };
    mesh = await startLocalMesh(local, {
      apps: smallApps,
      controlPlaneReplicas: 1,
      leafLifetimeMs: 10_000,
      mesh: { kubeletSyncMs: 500, drainMs: 200 },
    });
    bench = await createCommandBench(cluster);
    const kubeConfigPath = await bench.kubeconfig('worker');
    worker = await startLocalWorker({ kubeConfigPath, temporalAddress: address });
  });
  after(async () => {
    await worker?.stop();
    await mesh.stop();
    await bench.removeFiles();
  });

  it('does not begin with blockers in the plan, and tells each with its remedy', async () => {
    const run = await bench.refused(['rotate', '--yes'], { user: 'no-pin', env: temporal });

    assert.equal(run.code, ExitCode.blocked);
    assert.match(run.stdout, /^Blockers: 1$/m);
    const text = run.stdout.replaceAll(/\s+/g, ' ');
    assert.match(text, /✗ right to patch clusterissuers.* needed to choose the Secret .* → grant /);
    assert.match(run.stderr, /^Could not start a rotation of simulated: .*\nNext step: grant it: /);
    const { stdout } = await bench.run(['status'], { env: temporal });
    assert.match(stdout, /^No rotation has run in simulated\./);
  });

  it('is one alone, goes on when its view is interrupted, and takes no wrong answer', async () => {
    const env = temporal;
    const begin = (by: string): Promise<RunningCommand> =>
      bench.start(['rotate', '--yes', '--watch', '--by', by, ...quick], { env });
    const both = await Promise.all([begin('ada'), begin('bob')]);
    const loser = await Promise.race(both.map(({ ended }) => ended));
    assert.equal(loser.code, ExitCode.refused, loser.stderr);
    assert.match(loser.stderr, /^Could not start a rotation of simulated: one is running already/);

    const watching = both.find(({ child }) => child.exitCode === null);
    assert.ok(watching !== undefined, 'one of both has begun it');
    await waitFor(() => watching.stdout().includes('waits for approval switch-issuer'), {
      what: 'the rotation to wait for its first approval',
      timeoutMs: commandTimeoutMs,
    });
    watching.child.kill('SIGINT');
    const left = await watching.ended;

    assert.equal(left.code, ExitCode.interrupted);
    assert.match(left.stderr, /^\nThe rotation goes on\. To see it again: linkerd-trust watch\n$/);

    const status = await bench.run(['status', '--output', 'json'], { env });
    assert.match(status.stdout, /"kind": "running"/);

    const second = await bench.refused(['rotate', '--yes'], { env });
    assert.equal(second.code, ExitCode.refused);
    assert.match(
      messageOf(second),
      /Could not start a rotation of simulated: one is running already \(.* of (ada|bob), .*approval/,
    );

    const wrongGate = await bench.refused(['approve', 'retire-anchor'], { env });
    assert.equal(wrongGate.code, ExitCode.refused);
    assert.match(
      messageOf(wrongGate),
      /^Could not approve retire-anchor: it waits for switch-issuer, not for retire-anchor\./,
    );

    const stale = ['approve', 'switch-issuer', '--plan', 'ffffffffffff'];
    const otherPlan = await bench.refused(stale, { env });
    assert.equal(otherPlan.code, ExitCode.refused);
    assert.match(messageOf(otherPlan), /\(ffffffffffff\) is not the plan that runs/);

    const nobody = await bench.refused(['approve', 'switch-issuer', '--by', ''], { env });
    assert.equal(nobody.code, ExitCode.usage);
    assert.match(messageOf(nobody), /^Could not say who asks for this: --by is empty\./);

    const aborted = await bench.run(['abort', '--reason', 'the scenario is over'], { env });
    assert.equal(aborted.code, ExitCode.ok, aborted.stderr);
    const end = await bench.run(['watch'], { env });
    assert.equal(end.code, ExitCode.notRotated, end.stderr);
  });
});
