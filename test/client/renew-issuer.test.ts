import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowBundle } from '@temporalio/worker';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { dataConverter } from '../../activities/data-converter.ts';
import { ExitCode } from '../../client/exit-codes.ts';
import { issuerRenewalWorkflowId } from '../../domain/issuer-renewal.ts';
import { rotationTaskQueue } from '../../domain/rotation-request.ts';
import { workflowsPath } from '../../worker/bundle-workflows.ts';
import { assertGolden } from '../support/golden-file.ts';
import { quietLogger, quietRuntime } from '../support/quiet-runtime.ts';
import { temporalServer } from '../support/temporal.ts';
import type { RenewalWays } from '../workflows/fake-renewal.ts';
import { fakeRenewal } from '../workflows/fake-renewal.ts';
import type { Run, RunOptions } from './run-client.ts';
import { anAnswer, clusterNamed, runClient } from './run-client.ts';

describe('linkerd-trust renew-issuer', () => {
  let address: string;
  let connection: NativeConnection;
  let bundle: WorkflowBundle;
  let cluster: string;

  before(async () => {
    quietRuntime();
    address = (await temporalServer()).address;
    connection = await NativeConnection.connect({ address });
    bundle = await bundleWorkflowCode({ workflowsPath, logger: quietLogger });
  });
  after(() => connection.close());
  beforeEach(() => {
    cluster = randomUUID();
  });

  function client(args: readonly string[], options: RunOptions = {}): Promise<Run> {
    return runClient([...args, '--temporal-address', address], {
      connectors: { openCluster: clusterNamed(cluster) },
      now: () => Date.parse('2026-06-01T00:00:00Z'),
      ...options,
    });
  }

  /** With a worker whose cluster answers as `ways` says. */
  async function renew(
    ways: RenewalWays,
    args: readonly string[] = [],
    options: RunOptions = {},
  ): Promise<Run> {
    const worker = await Worker.create({
      connection,
      workflowBundle: bundle,
      taskQueue: rotationTaskQueue(cluster),
      dataConverter,
      activities: fakeRenewal(ways, []),
    });
    return worker.runUntil(client(['renew-issuer', ...args], options));
  }

  it('says what has become of the issuer at 80 columns', async () => {
    const run = await renew({ deaf: 1 }, [], { isTTY: true });

    assert.equal(run.code, ExitCode.ok, run.stderr);
    assert.ok(run.stdout.split('\n').every((line) => line.length <= 80));
    await assertGolden('test/client/golden/renew-issuer.txt', run.stdout);
  });

  it('answers machines by its schema', async () => {
    anAnswer('renew-issuer', (await renew({}, ['-o', 'json'])).stdout);
  });

  it('ends with a code of its own when it is refused, and when it is not adopted', async () => {
    const refused = await renew({ refusal: 'start linkerd-trust rotate' });
    cluster = randomUUID();
    const fast = ['--timing', 'issuerReloadTimeoutMs=10ms', '--timing', 'gatePatienceMs=10ms'];
    const deaf = await renew({ deaf: 2, stuck: true }, fast);

    assert.equal(refused.code, ExitCode.refused);
    assert.match(refused.stdout, /^Nothing was changed\.\nstart linkerd-trust rotate$/m);
    assert.equal(deaf.code, ExitCode.notRotated);
    assert.match(deaf.stdout, /not every replica signs with it/);
  });

  it('says that no worker is there, and that a name is missing', async () => {
    const lonely = await client(['renew-issuer']);
    const nameless = await client(['renew-issuer'], { userName: undefined });

    assert.equal(lonely.code, ExitCode.temporal);
    assert.match(lonely.stderr, /nothing polls task queue/);
    assert.equal(nameless.code, ExitCode.usage);
  });

  it('keeps a rotation from starting beside it, and a second renewal too', async () => {
    const temporal = new Client({ connection: await Connection.connect({ address }) });
    const workflowId = issuerRenewalWorkflowId(cluster);
    // Nobody polls this queue: it runs for as long as the test wants.
    const running = await temporal.workflow.start('renewIdentityIssuer', {
      workflowId,
      taskQueue: randomUUID(),
    });
    const rotation = await client(['rotate', '--yes']);
    const second = await renew({});
    await running.terminate();
    await temporal.connection.close();

    assert.equal(rotation.code, ExitCode.refused);
    assert.match(
      rotation.stderr,
      /Could not start a rotation of prod: its identity issuer is being/,
    );
    assert.equal(second.code, ExitCode.refused);
    assert.match(second.stderr, /a renewal is running already/);
  });
});
