import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowBundle } from '@temporalio/worker';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { dataConverter } from '../../activities/data-converter.ts';
import type { IssuerRenewalReport, IssuerRenewalRequest } from '../../domain/issuer-renewal.ts';
import { documentedObjects } from '../../domain/objects.ts';
import type { Timings } from '../../domain/rotation-request.ts';
import { defaultTimings } from '../../domain/rotation-request.ts';
import { workflowsPath } from '../../worker/bundle-workflows.ts';
import type { renewIdentityIssuer } from '../../workflows/index.ts';
import { quietLogger, quietRuntime } from '../support/quiet-runtime.ts';
import { temporalServer, uniqueTaskQueue } from '../support/temporal.ts';
import type { RenewalWays } from './fake-renewal.ts';
import { fakeRenewal, former, next } from './fake-renewal.ts';

const request: IssuerRenewalRequest = {
  cluster: 'uid-1',
  clusterName: 'prod',
  requestedBy: 'ada',
  objects: documentedObjects,
  timings: { ...defaultTimings, issuerReloadTimeoutMs: 1_000, gatePatienceMs: 1_000 },
};

interface Limits {
  readonly timeoutMs: number;
  /** Zero: without end. */
  readonly attempts: number;
}

describe('the workflow that renews the identity issuer', () => {
  let bundle: WorkflowBundle;
  let connection: NativeConnection;
  let client: Client;

  before(async () => {
    quietRuntime();
    const { address } = await temporalServer();
    bundle = await bundleWorkflowCode({ workflowsPath, logger: quietLogger });
    connection = await NativeConnection.connect({ address });
    client = new Client({ connection: await Connection.connect({ address }), dataConverter });
  });
  after(async () => {
    await connection.close();
    await client.connection.close();
  });

  async function renew(
    ways: RenewalWays = {},
    timings: Partial<Timings> = {},
  ): Promise<{
    readonly report: IssuerRenewalReport;
    readonly calls: readonly string[];
    /** What each activity was given when it was asked for last. */
    readonly limits: Readonly<Record<string, Limits>>;
  }> {
    const calls: string[] = [];
    const limits: Record<string, Limits> = {};
    const taskQueue = uniqueTaskQueue('issuer');
    const worker = await Worker.create({
      connection,
      workflowBundle: bundle,
      taskQueue,
      dataConverter,
      activities: Object.fromEntries(
        Object.entries(fakeRenewal(ways, calls)).map(([name, activity]) => [
          name,
          (input: never) => {
            const { startToCloseTimeoutMs: timeoutMs, retryPolicy } = Context.current().info;
            limits[name] = { timeoutMs, attempts: retryPolicy?.maximumAttempts ?? 0 };
            return activity(input);
          },
        ]),
      ),
    });
    const report = await worker.runUntil(
      client.workflow.execute<typeof renewIdentityIssuer>('renewIdentityIssuer', {
        taskQueue,
        workflowId: randomUUID(),
        args: [{ ...request, timings: { ...request.timings, ...timings } }],
      }),
    );
    return { report, calls, limits };
  }

  it('takes the Lease, renews, sees the issuer adopted, and gives the Lease back', async () => {
    const { report, calls } = await renew();

    assert.deepEqual(calls, [
      'lookAtIssuer',
      'takeLease',
      'renewIssuerInPlace a',
      'watchGate issuer-swung-back',
      'releaseLease',
    ]);
    assert.deepEqual(report, {
      outcome: 'renewed',
      adopted: 1,
      restarted: [],
      laggards: [],
      before: { fingerprint: 'former', notAfter: former.notAfter },
      after: { fingerprint: 'next', notAfter: next.notAfter },
    });
  });

  it('restarts linkerd-identity where a replica missed the issuer, and looks again', async () => {
    const { report, calls } = await renew({ deaf: 1 });

    assert.equal(report.outcome, 'renewed');
    assert.deepEqual(report.restarted, ['Deployment linkerd/linkerd-identity']);
    assert.deepEqual(calls.slice(-5), [
      'watchGate issuer-swung-back',
      'restartWave adoption',
      'restartWave adoption',
      'watchGate issuer-swung-back',
      'releaseLease',
    ]);
  });

  it('lets cert-manager and the replicas take as long as the request lets it wait', async () => {
    const hourMs = 3_600_000;
    const patience = { issuanceTimeoutMs: 3 * hourMs, gatePatienceMs: 4 * hourMs };
    const { limits } = await renew({ deaf: 1 }, patience);

    const { renewIssuerInPlace, watchGate } = limits;
    assert.ok((renewIssuerInPlace?.timeoutMs ?? 0) > patience.issuanceTimeoutMs);
    assert.ok((watchGate?.timeoutMs ?? 0) > patience.gatePatienceMs);
  });

  it('gives the Lease back however long that takes: nobody is asked to try again', async () => {
    const { limits } = await renew();

    assert.equal(limits['takeLease']?.attempts, 8);
    assert.equal(limits['releaseLease']?.attempts, 0);
  });

  it('says so when not even a restart helps, and still gives the Lease back', async () => {
    const { report, calls } = await renew({ deaf: 2, stuck: true });

    assert.equal(report.outcome, 'not-adopted');
    assert.match(report.reason ?? '', /not every identity replica/);
    assert.equal(report.laggards.length, 1);
    assert.equal(calls.at(-1), 'releaseLease');
  });

  it('touches nothing where the renewal would be a step of a rotation', async () => {
    const { report, calls } = await renew({ refusal: 'start linkerd-trust rotate' });

    assert.equal(report.outcome, 'refused');
    assert.deepEqual(calls, ['lookAtIssuer']);
  });

  it('touches nothing while another engine holds the Lease, and leaves it alone', async () => {
    const { report, calls } = await renew({ leaseHolder: 'trust-rotation/uid-1' });

    assert.equal(report.outcome, 'refused');
    assert.match(report.reason ?? '', /trust-rotation\/uid-1 holds the Lease/);
    assert.deepEqual(calls, ['lookAtIssuer', 'takeLease', 'releaseLease']);
  });

  it('gives a Lease back of which it has not heard that it has it', async () => {
    const { report, calls } = await renew({ leaseIsSilent: true });

    assert.equal(report.outcome, 'failed');
    assert.deepEqual(calls, ['lookAtIssuer', 'takeLease', 'releaseLease']);
  });

  it('says what it may not do, though it may not give back what it has not got either', async () => {
    const { report } = await renew({ leaseIsForbidden: true });

    assert.equal(report.outcome, 'failed');
    assert.equal(report.reason, 'no right to take');
  });

  it('gives the Lease back when cert-manager fails', async () => {
    const { report, calls } = await renew({ renewalFails: true });

    assert.equal(report.outcome, 'failed');
    assert.match(report.reason ?? '', /cert-manager is down/);
    assert.equal(calls.at(-1), 'releaseLease');
  });
});
