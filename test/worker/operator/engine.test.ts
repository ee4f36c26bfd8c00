import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { dataConverter } from '../../../activities/data-converter.ts';
import { startTemporalServer } from '../../../deploy/local/temporal-server.ts';
import type { RotationRequest } from '../../../domain/rotation-request.ts';
import { rotationTaskQueue } from '../../../domain/rotation-request.ts';
import type { RotationEngine } from '../../../worker/operator/engine.ts';
import { createRotationEngine } from '../../../worker/operator/engine.ts';
import { request } from '../../client/fixtures.ts';
import { temporalServer } from '../../support/temporal.ts';
import { waitFor } from '../../support/wait-for.ts';

type Completion = Parameters<Connection['workflowService']['respondWorkflowTaskCompleted']>[0];
type Command = NonNullable<Completion['commands']>[number];
// Sound: COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION of the enum, which has no export here.
const completeWorkflowExecution = 4 as unknown as NonNullable<Command['commandType']>;

describe('the rotations of a cluster in Temporal', () => {
  let client: Client;
  let engine: RotationEngine;
  let asked: RotationRequest;

  before(async () => {
    const { address } = await temporalServer();
    client = new Client({ connection: await Connection.connect({ address }), dataConverter });
  });

  after(() => client.connection.close());

  beforeEach(() => {
    const cluster = randomUUID();
    engine = createRotationEngine(client, cluster);
    asked = { ...request, cluster, trigger: 'june' };
  });

  afterEach(async () => {
    // Nobody polls the queue of such a cluster; one that a test has ended already stays so.
    await client.workflow
      .getHandle(engine.workflowId)
      .terminate()
      .catch(() => undefined);
  });

  it('are none before the first', async () => {
    assert.deepEqual(await engine.look(), { kind: 'none' });
    assert.deepEqual(await engine.pastTriggers(), []);
  });

  it('are started once for each request id, also after their end', async () => {
    const runs = await Promise.all([engine.start(asked, 'one'), engine.start(asked, 'one')]);
    assert.equal(runs[0], runs[1]);
    await client.workflow.getHandle(engine.workflowId).terminate();
    assert.equal(await engine.start(asked, 'one'), runs[0]);
    const again = await engine.start(asked, 'two');
    assert.ok(again !== undefined && again !== runs[0]);
  });

  it('are never two at a time', async () => {
    await engine.start(asked, 'one');
    assert.equal(await engine.start(asked, 'two'), undefined);
  });

  it('show their trigger while they run, without a worker too, and when they were stopped', async () => {
    const runId = await engine.start(asked, 'one');
    assert.deepEqual(await engine.look(), { kind: 'running', trigger: 'june' });
    await client.workflow.getHandle(engine.workflowId).terminate('a person did');
    const look = await engine.look();
    assert.equal(look.kind, 'ended');
    const { past } = look;
    assert.equal(past.runId, runId);
    assert.equal(past.outcome, 'failed');
    assert.equal(past.trigger, 'june');
    assert.match(past.reason ?? '', /terminated|a person did/i);
    await waitFor(async () => (await engine.pastTriggers()).includes('june'), {
      what: 'the trigger to be remembered',
    });
  });

  for (const [what, encoding, report] of [
    ['something of another shape', 'json/plain', '{"rotationId":7,"phases":"all"}'],
    ['nothing', 'binary/null', ''],
    ['something that no codec of ours has made', 'binary/other', '?'],
  ] as const) {
    it(`are no riddle where one has left ${what} as its report`, async () => {
      await engine.start(asked, 'one');
      await endWith(encoding, report);

      const look = await engine.look();

      assert.equal(look.kind, 'ended');
      assert.deepEqual([look.past.outcome, look.past.trigger], ['failed', 'june']);
      assert.match(look.past.reason ?? '', /report that this version cannot read/);
    });
  }

  /** As a worker of another version would end the rotation. */
  async function endWith(encoding: string, report: string): Promise<void> {
    const { workflowService } = client.connection;
    const { namespace } = client.options;
    const taskQueue = { name: rotationTaskQueue(asked.cluster) };
    const { taskToken } = await client.withDeadline(Date.now() + 10_000, () =>
      workflowService.pollWorkflowTaskQueue({ namespace, taskQueue }),
    );
    const payload = { metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(report) };
    const command: Command = {
      commandType: completeWorkflowExecution,
      completeWorkflowExecutionCommandAttributes: { result: { payloads: [payload] } },
    };
    await workflowService.respondWorkflowTaskCompleted({
      namespace,
      taskToken,
      commands: [command],
    });
  }

  it('are not started where search attributes lack, and the error has the command', async () => {
    const bare = await startTemporalServer({
      ownProcess: true,
      headless: true,
      log: () => undefined,
      searchAttributes: { RotationCluster: 'Keyword' },
    });
    const connection = await NativeConnection.connect({ address: bare.address });
    try {
      const lacking = new Client({ connection, dataConverter });
      await assert.rejects(
        createRotationEngine(lacking, asked.cluster).start(asked, 'one'),
        /does not know the search attributes RotationPhase, .*Next step: temporal operator search-attribute create --namespace default --name RotationPhase --type Keyword .*--name AnchorNotAfter --type Datetime; in Temporal Cloud .*\.$/,
      );
    } finally {
      await connection.close();
      await bare.stop();
    }
  });

  it('say what Temporal has against a Schedule', async () => {
    const elsewhere = new Client({
      connection: client.connection,
      namespace: 'nowhere',
      dataConverter,
    });
    await assert.rejects(
      createRotationEngine(elsewhere, 'x').keepSchedule(undefined),
      /Could not keep the Schedule trust-expiry\/x in Temporal's namespace nowhere: .*not found.* Next step: /,
    );
  });

  it('are out of sight while nobody answers', async () => {
    const lazy = Connection.lazy({ address: '127.0.0.1:1' });
    const nobody = createRotationEngine(new Client({ connection: lazy, dataConverter }), 'x');
    const look = await nobody.look();
    assert.equal(look.kind, 'unreachable');
    await lazy.close();
  });
});
