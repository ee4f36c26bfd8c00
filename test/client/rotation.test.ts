import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { WorkflowBundle } from '@temporalio/worker';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { ExitCode } from '../../client/exit-codes.ts';
import { rotationTaskQueue } from '../../domain/rotation-request.ts';
import { dataConverter } from '../../activities/data-converter.ts';
import { workflowsPath } from '../../worker/bundle-workflows.ts';
import { temporalServer } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { fakeActivities } from './fake-activities.ts';
import { planResult } from './fixtures.ts';
import type { Run, RunOptions } from './run-client.ts';
import { anAnswer, clusterNamed, runClient } from './run-client.ts';

describe('the command line with Temporal', () => {
  let cluster: string;
  let address: string;

  function client(args: readonly string[], options: RunOptions = {}): Promise<Run> {
    return runClient([...args, '--temporal-address', address], {
      connectors: { openCluster: clusterNamed(cluster) },
      ...options,
    });
  }

  before(async () => {
    address = (await temporalServer()).address;
  });

  beforeEach(() => {
    cluster = randomUUID();
  });

  it('says that no rotation has run yet', async () => {
    const status = await client(['status']);
    const watch = await client(['watch']);

    assert.equal(status.code, ExitCode.ok);
    assert.match(status.stdout, /No rotation has run in prod\.\nNext step: linkerd-trust .*plan/);
    assert.equal(watch.code, ExitCode.refused);
    assert.match(
      watch.stderr,
      /none has ever run in this cluster\.\nNext step: .*rotate starts it/,
    );
  });

  it('has no history before a rotation has ended', async () => {
    const { code, stdout } = await client(['history']);

    assert.equal(code, ExitCode.ok);
    assert.match(stdout, /^No rotation of prod has ended\./);
  });

  for (const args of [['pause'], ['resume'], ['approve', 'switch-issuer'], ['abort']]) {
    it(`refuses ${args.join(' ')} while no rotation runs`, async () => {
      const { code, stderr } = await client(args);

      assert.equal(code, ExitCode.refused);
      assert.match(
        stderr,
        /no rotation is running in this cluster\.\nNext step: linkerd-trust status/,
      );
    });
  }

  it('refuses to send a private key that somebody pasted', async () => {
    const key = '-----BEGIN EC PRIVATE KEY-----';

    const { code, stderr } = await client(['except', 'pod shop/a', '--reason', key]);

    assert.equal(code, ExitCode.refused);
    assert.match(stderr, /holds a private key; nothing was sent\.\nNext step: leave the key out/);
  });

  describe('and a worker', () => {
    let bundle: WorkflowBundle;
    let connection: NativeConnection;
    let worker: Worker;
    let running: Promise<void>;
    let held: boolean;

    before(async () => {
      bundle = await bundleWorkflowCode({ workflowsPath });
      connection = await NativeConnection.connect({ address });
    });

    after(() => connection.close());

    beforeEach(async () => {
      held = true;
      worker = await Worker.create({
        connection,
        workflowBundle: bundle,
        taskQueue: rotationTaskQueue(cluster),
        activities: fakeActivities(() => held),
        dataConverter,
        maxHeartbeatThrottleInterval: 100,
        defaultHeartbeatThrottleInterval: 100,
      });
      running = worker.run();
    });

    afterEach(async () => {
      held = false;
      worker.shutdown();
      await running;
    });

    it('starts nothing with blockers in the plan', async () => {
      const blockers = [{ what: 'node clocks', reason: 'lie behind', remedy: 'repair them' }];

      const { code, stdout, stderr } = await client(['rotate', '--yes'], {
        connectors: {
          openCluster: clusterNamed(cluster),
          plannerFor: () => async () => planResult({ blockers }),
        },
      });

      assert.equal(code, ExitCode.blocked);
      assert.match(stdout, /✗ node clocks: lie behind\n {4}→ repair them/);
      assert.match(
        stderr,
        /blockers that no wait will cure: node clocks\.\nNext step: repair them/,
      );
      assert.match((await client(['status'])).stdout, /No rotation has run/);
    });

    it('starts nothing when the person says no', async () => {
      const questions: string[] = [];

      const { code, stderr } = await client(['rotate'], {
        canAsk: true,
        ask: async (question) => {
          questions.push(question);
          return '';
        },
      });

      assert.equal(code, ExitCode.refused);
      assert.deepEqual(questions, ['Start this rotation? [y/N] ']);
      assert.match(stderr, /Not started; nothing was changed/);
    });

    it('does nothing where the named anchor is not in use any more', async () => {
      const plannerFor = () => async () => ({ ...planResult(), alreadyRotated: true });

      const { code, stdout } = await client(['rotate', '--yes', '--replaces', 'ab'.repeat(32)], {
        connectors: { openCluster: clusterNamed(cluster), plannerFor },
      });

      assert.equal(code, ExitCode.ok);
      assert.match(stdout, /Already rotated/);
    });

    it('steers one rotation from start to end', async () => {
      const json = ['--output', 'json'];
      const web = ['--web-ui', 'http://ui.test/'];

      const started = await client(['rotate', ...web, ...json], {
        canAsk: true,
        ask: async () => 'y',
      });
      assert.equal(started.code, ExitCode.ok, started.stderr);
      assert.partialDeepStrictEqual(anAnswer('rotate', started.stdout), {
        workflowId: `trust-rotation/${cluster}`,
        webUi: `http://ui.test/namespaces/default/workflows/trust-rotation%2F${cluster}`,
      });

      const heartbeat = await waitFor(
        async () => {
          const { stdout } = await client(['status']);
          return stdout.includes('34 of 60') && stdout;
        },
        { what: 'the heartbeat of the held gate to be shown' },
      );
      assert.match(heartbeat, /▸ PinningSigner/);
      assert.match(heartbeat, /cluster prod · method overlap · pace steady · by ada/);

      const second = await client(['rotate', '--yes']);
      assert.equal(second.code, ExitCode.refused);
      assert.match(
        second.stderr,
        /one is running already \(aaaaaaaa-bbbbbbbb of ada, running, in PinningSigner\)/,
      );
      assert.match(second.stderr, /Next step: linkerd-trust watch shows it/);

      const early = await client(['approve', 'switch-issuer']);
      assert.equal(early.code, ExitCode.refused);
      assert.match(
        early.stderr,
        /nothing waits for an approval now\.\nNext step: linkerd-trust status/,
      );

      const paused = await client(['pause', '--reason', 'freeze', ...json]);
      assert.match(JSON.stringify(anAnswer('pause', paused.stdout)), /"text":"paused/);
      await waitFor(
        async () => (await client(['status'])).stdout.includes('paused by ada: freeze'),
        {
          what: 'the pause to be shown',
        },
      );
      held = false;
      anAnswer('resume', (await client(['resume', '--by', 'bob', ...json])).stdout);

      await waitFor(
        async () => (await client(['status'])).stdout.includes('approve switch-issuer'),
        {
          what: 'the approval to be asked for',
        },
      );
      const wrong = await client(['approve', 'retire-anchor']);
      assert.equal(wrong.code, ExitCode.refused);
      assert.match(wrong.stderr, /it waits for switch-issuer, not for retire-anchor/);
      const other = await client(['approve', 'switch-issuer', '--plan', 'ffffffffffff']);
      assert.match(
        other.stderr,
        /the plan that was approved \(ffffffffffff\) is not the plan that runs/,
      );
      const exception = ['except', 'pod shop/legacy-0', '--reason', 'goes away'];
      const excepted = await client([...exception, ...json]);
      assert.deepEqual(anAnswer('except', excepted.stdout), { text: 'excepted pod shop/legacy-0' });

      const status = await client(['status', ...json]);
      assert.partialDeepStrictEqual(anAnswer('status', status.stdout), {
        kind: 'running',
        status: {
          request: { requestedBy: 'ada', cluster },
          state: { exceptions: [{ name: 'pod shop/legacy-0', by: 'ada', reason: 'goes away' }] },
        },
      });

      const interruption = new AbortController();
      const left = await client(['watch'], {
        interrupted: interruption.signal,
        onStdout: (text) => {
          if (text.includes('approve switch-issuer')) interruption.abort();
        },
      });
      assert.equal(left.code, ExitCode.interrupted);
      assert.match(left.stderr, /The rotation goes on\. To see it again: linkerd-trust .*watch/);

      const watching = client(['watch', ...json]);
      const approved = await client(['approve', 'switch-issuer', ...json]);
      assert.deepEqual(anAnswer('approve', approved.stdout), { text: 'approved switch-issuer' });
      const watched = await watching;
      assert.equal(watched.code, ExitCode.ok, watched.stderr);
      const documents = watched.stdout
        .trimEnd()
        .split('\n')
        .map((line) => anAnswer('watch', line));
      assert.partialDeepStrictEqual(documents.at(-1), {
        kind: 'ended',
        report: { outcome: 'completed', approvals: [{ gate: 'switch-issuer', by: 'ada' }] },
      });

      await waitFor(async () => (await client(['history'])).stdout.includes('completed'), {
        what: 'Temporal to list the rotation',
      });
      const history = await client(['history', '--output', 'json']);
      assert.partialDeepStrictEqual(anAnswer('history', history.stdout), {
        rotations: [{ outcome: 'completed', rotationId: 'aaaaaaaa-bbbbbbbb', requestedBy: 'ada' }],
      });
      const text = await client(['history'], { isTTY: true });
      assert.match(text.stdout, /completed, took \S+.*, 0 workload restarts, by ada/);
      assert.match(text.stdout, /Preflight \S+ · PinningSigner/);

      const last = await client(['status']);
      assert.match(last.stdout, /No rotation is running\. The last one:\n\n.*is complete\./);
      assert.match(last.stdout, /approved +switch-issuer by ada/);
      assert.match(last.stdout, /excepted +pod shop\/legacy-0 by ada: goes away/);
    });

    it('ends a watch with its own code when the rotation was aborted', async () => {
      held = true;
      const watching = client(['rotate', '--yes', '--watch'], { isTTY: true });
      await waitFor(async () => (await client(['status'])).stdout.includes('34 of 60'), {
        what: 'the gate to be watched',
      });

      const aborted = await client(['abort', '--reason', 'incident', '--output', 'json']);
      held = false;
      const { code, stdout, stderr } = await watching;

      assert.match(JSON.stringify(anAnswer('abort', aborted.stdout)), /"text":"aborting: /);
      assert.equal(code, ExitCode.notRotated, stderr);
      assert.match(stdout, /was stopped where it is safe to stay/);
      assert.match(stdout, /Next step: linkerd-trust rotate goes on from there\./);
      assert.ok(stdout.includes('\u001B['), 'a terminal is redrawn in place');
    });
  });
});
