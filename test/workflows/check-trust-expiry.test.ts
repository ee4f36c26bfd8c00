import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { createExpiryActivities } from '../../activities/expiry.ts';
import type { PlanRotationInput, PlanRotationResult } from '../../activities/contract.ts';
import { dataConverter } from '../../activities/data-converter.ts';
import type { ExpiryCheck, ExpiryPolicy, ExpiryReport } from '../../domain/expiry/expiry-check.ts';
import { expiryCheckId, expiryRequester, expiryTrigger } from '../../domain/expiry/expiry-check.ts';
import type { Pace } from '../../domain/phases.ts';
import type { ExpirySight } from '../../domain/resource/runway-status.ts';
import { makePlan } from '../../domain/plan.ts';
import { rotationWorkflowId } from '../../domain/rotation-request.ts';
import { summarise } from '../../domain/survey-summary.ts';
import { workflowsPath } from '../../worker/bundle-workflows.ts';
import type { checkTrustExpiry } from '../../workflows/check-trust-expiry.ts';
import { request } from '../client/fixtures.ts';
import { quietLogger, quietRuntime } from '../support/quiet-runtime.ts';
import { planInputs } from '../support/plan-builder.ts';
import { temporalServer, uniqueTaskQueue } from '../support/temporal.ts';

const dayMs = 86_400_000;

/** A mesh whose anchor ends in so many days, and how many of them a rotation takes. */
interface Mesh {
  readonly anchorEndsInDays: number;
  readonly takesDays?: Partial<Record<Pace, number>>;
}

const usualDays = 5;

describe('a check of the time that is left', () => {
  let connection: Connection;
  let native: NativeConnection;
  let client: Client;
  let bundle: Awaited<ReturnType<typeof bundleWorkflowCode>>;

  before(async () => {
    quietRuntime();
    const { address } = await temporalServer();
    const { failureConverterPath } = dataConverter;
    [connection, native, bundle] = await Promise.all([
      Connection.connect({ address }),
      NativeConnection.connect({ address }),
      bundleWorkflowCode({ workflowsPath, failureConverterPath, logger: quietLogger }),
    ]);
    client = new Client({ connection, dataConverter });
  });
  after(async () => {
    await connection.close();
    await native.close();
  });

  async function check(
    mesh: Mesh,
    wishes: Partial<ExpiryCheck> = {},
  ): Promise<{
    report: ExpiryReport;
    cluster: string;
    paces: readonly Pace[];
    told: readonly ExpirySight[];
  }> {
    const told: ExpirySight[] = [];
    const taskQueue = uniqueTaskQueue('expiry');
    const asked: Pace[] = [];
    const worker = await Worker.create({
      connection: native,
      taskQueue,
      workflowBundle: bundle,
      dataConverter,
      sinks: {
        resource: {
          publishExpiry: { fn: (_: unknown, sight: ExpirySight) => void told.push(sight) },
        },
      },
      activities: {
        planRotation: ({ request }: PlanRotationInput) => {
          asked.push(request.pace);
          return Promise.resolve(planOf(mesh, request.pace));
        },
        ...createExpiryActivities(),
      },
    });
    const request = { ...checkOf(randomUUID()), ...wishes };
    const { cluster } = request.rotation;
    const report = await worker.runUntil(
      client.workflow.execute<typeof checkTrustExpiry>('checkTrustExpiry', {
        args: [request],
        workflowId: `${expiryCheckId(cluster)}-${randomUUID()}`,
        taskQueue,
      }),
    );
    return { report, cluster, paces: asked, told };
  }

  it('does nothing while there is time', async () => {
    const { report, paces } = await check({ anchorEndsInDays: 300 });

    assert.deepEqual([report.runway.kind, report.outcome], ['ample', 'nothing']);
    assert.deepEqual(paces, ['steady']);
  });

  it('reports an anchor whose time has come where that is the policy', async () => {
    const { report, cluster } = await check({ anchorEndsInDays: 30 }, { policy: 'report' });

    assert.deepEqual([report.runway.kind, report.outcome], ['due', 'reported']);
    await assert.rejects(rotationOf(cluster).describe(), /not found/i);
  });

  it('starts a rotation of the anchor in use, which outlives it', async () => {
    const { report, cluster } = await check({ anchorEndsInDays: 30 });

    assert.equal(report.outcome, 'started');
    const { status, type } = await rotationOf(cluster).describe();
    assert.deepEqual([status.name, type], ['RUNNING', 'rotateTrustAnchor']);
    const request = await requestOf(cluster);
    assert.equal(request['requestedBy'], expiryRequester);
    assert.equal(request['replaces'], anchorInUse);
    await rotationOf(cluster).terminate('the test is over');
  });

  it('hands what it has found over to be told to the resource', async () => {
    const { report, told } = await check({ anchorEndsInDays: 30 }, { policy: 'report' });

    const [sight] = told;
    assert.equal(told.length, 1);
    assert.deepEqual(sight?.report, report);
    assert.equal(sight.anchor, anchorInUse);
  });

  it('starts it as one of the resource, by a trigger that no person can give', async () => {
    const { cluster } = await check({ anchorEndsInDays: 30 });

    const request = await requestOf(cluster);
    assert.equal(request['trigger'], `anchor-expiring/${anchorInUse.slice(0, 16)}`);
    await rotationOf(cluster).terminate('the test is over');
  });

  it('leaves in the memo who asked for what, as every start does', async () => {
    const { cluster } = await check({ anchorEndsInDays: 30 });

    const { memo } = await rotationOf(cluster).describe();
    assert.deepEqual(memo, {
      requestedBy: expiryRequester,
      clusterName: request.clusterName,
      planHash: request.planHash,
      replaces: anchorInUse,
      trigger: expiryTrigger(anchorInUse),
    });
    await rotationOf(cluster).terminate('the test is over');
  });

  for (const [kind, mesh, policy] of [
    ['due', { anchorEndsInDays: 30 }, 'rotate'],
    ['due', { anchorEndsInDays: 30 }, 'report'],
    ['short', { anchorEndsInDays: 10, takesDays: { steady: 20 } }, 'report'],
  ] as const) {
    it(`leaves a rotation alone that is under way, and asks nobody to start one: ${kind}, ${policy}`, async () => {
      const { report, told } = await checkBesideRotation(mesh, policy);

      assert.deepEqual([report.runway.kind, report.outcome], [kind, 'already-running']);
      assert.equal(report.runway.nextStep, undefined);
      assert.equal(told[0]?.report.outcome, 'already-running');
    });
  }

  async function checkBesideRotation(mesh: Mesh, policy: ExpiryPolicy): ReturnType<typeof check> {
    const wanted = { ...checkOf(randomUUID()), policy };
    const { cluster } = wanted.rotation;
    await client.workflow.start('rotateTrustAnchor', {
      workflowId: rotationWorkflowId(cluster),
      taskQueue: uniqueTaskQueue('nobody'),
      args: [],
    });

    const found = await check(mesh, wanted);
    await rotationOf(cluster).terminate('the test is over');
    return found;
  }

  it('does not start a calm rotation that cannot end in time, and says what else there is', async () => {
    const mesh: Mesh = { anchorEndsInDays: 10, takesDays: { steady: 20, urgent: 1 } };

    const { report, cluster, paces } = await check(mesh);

    assert.deepEqual([report.runway.kind, report.outcome], ['short', 'reported']);
    assert.match(report.runway.nextStep ?? '', /pace urgent/);
    assert.deepEqual(paces, ['steady', 'natural', 'steady', 'urgent']);
    await assert.rejects(rotationOf(cluster).describe(), /not found/i);
  });

  function rotationOf(cluster: string) {
    return client.workflow.getHandle(rotationWorkflowId(cluster));
  }

  /** What the check has asked for. */
  async function requestOf(cluster: string): Promise<Readonly<Record<string, string>>> {
    const [first] = (await rotationOf(cluster).fetchHistory()).events ?? [];
    const [input] = first?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    // Sound: the argument that the check has sent.
    return JSON.parse(Buffer.from(input?.data ?? []).toString()) as Record<string, string>;
  }
});

const anchorInUse = planInputs().anchors.a.certificate.fingerprint;

function planOf({ anchorEndsInDays, takesDays }: Mesh, pace: Pace): PlanRotationResult {
  const inputs = planInputs();
  const plan = makePlan(inputs);
  const endMs = Date.now() + anchorEndsInDays * dayMs;
  return {
    plan: {
      ...plan,
      pace,
      blockers: [],
      expectedDurationMs: (takesDays?.[pace] ?? usualDays) * dayMs,
      hardDeadline: new Date(endMs - dayMs).toISOString(),
      anchors: { a: { ...plan.anchors.a, notAfter: new Date(endMs).toISOString() } },
    },
    planHash: 'abc',
    anchors: inputs.anchors,
    observed: summarise(inputs.survey),
    leafLifetimeMs: dayMs,
    alreadyRotated: false,
  };
}

function checkOf(cluster: string): ExpiryCheck {
  return {
    rotation: { ...request, cluster, replaces: '' },
    policy: 'rotate',
    startBeforeMs: 90 * dayMs,
  };
}
