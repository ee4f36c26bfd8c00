import assert from 'node:assert/strict';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { workflowMetadataQuery } from '@temporalio/workflow';
import { planQuery, statusQuery } from '../../workflows/messages.ts';
import { anchorB } from '../support/survey-builder.ts';
import { waitFor } from '../support/wait-for.ts';
import { meshWithBoth } from './mesh-model.ts';
import type { Bench, RunningRotation } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';
import { shown } from './test-messages.ts';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type HistoryEvent = NonNullable<History['events']>[number];

describe('a rotation shows', () => {
  let bench: Bench;
  let waiting: RunningRotation;

  beforeEach(async () => {
    bench = await rotationBench('cached');
    waiting = await bench.start({
      mesh: meshWithBoth(),
      approvals: { 'switch-issuer': 'required', 'retire-anchor': 'required' },
    });
    await waiting.until('the approval', ({ waiting: on }) => on?.approval === 'switch-issuer');
  });
  afterEach(() => bench.clean());

  it('where it stands, in search attributes', async () => {
    const { typedSearchAttributes } = await waiting.handle.describe();
    const shown = Object.fromEntries(
      typedSearchAttributes
        .getAll()
        .filter(({ key }) => /^(Rotation|Anchor)/.test(key.name))
        .map(({ key, value }) => [key.name, value]),
    );

    assert.deepEqual(shown, {
      RotationCluster: waiting.request.cluster,
      RotationPhase: 'BridgingIdentityIssuer',
      RotationState: 'waiting-for-approval',
      AnchorFingerprint: anchorB.fingerprint,
      AnchorNotAfter: new Date('2047-01-01T00:00:00.000Z'),
    });
  });

  it('is found by what it waits for', async () => {
    const query = `RotationCluster = '${waiting.request.cluster}' AND RotationState = 'waiting-for-approval'`;

    const found = await waitFor(
      async () => {
        const page = bench.client.workflow.list({ query });
        for await (const { workflowId } of page) return workflowId;
        return undefined;
      },
      { what: 'the rotation to be listed' },
    );

    assert.equal(found, waiting.handle.workflowId);
  });

  it('its checklist and the command that moves it on, in its current details', async () => {
    const { currentDetails } = await waiting.handle.query(workflowMetadataQuery);

    assert.match(currentDetails ?? '', /- ✅ \*\*Preflight\*\*/);
    assert.match(currentDetails ?? '', /- ▶️ \*\*BridgingIdentityIssuer\*\*/);
    assert.match(currentDetails ?? '', /### Waits for approval switch-issuer/);
    assert.match(currentDetails ?? '', /```\nlinkerd-trust approve switch-issuer\n```/);
  });

  it('a description beside every handler', async () => {
    const { definition } = await waiting.handle.query(workflowMetadataQuery);
    const ours = [
      ...(definition?.signalDefinitions ?? []),
      ...(definition?.updateDefinitions ?? []),
      ...(definition?.queryDefinitions ?? []),
    ].filter(({ name }) => !name?.startsWith('__'));

    assert.deepEqual(ours.map(({ name }) => name).toSorted(), [
      'abort',
      'abort',
      'approve',
      'approve',
      'except',
      'pause',
      'plan',
      'resume',
      'revise',
      'sight',
      'status',
    ]);
    assert.deepEqual(
      ours.filter(({ description }) => !description),
      [],
    );
  });

  it('a summary of every activity that a person can read', async () => {
    const { events } = await waiting.handle.fetchHistory();
    const activities = (events ?? []).filter(
      ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled,
    );

    const summaries = activities.map(summaryOf);

    assert.ok(summaries.includes('survey the mesh and plan'));
    assert.ok(summaries.includes("have the old anchor sign the new one's key"));
    assert.ok(summaries.every((summary) => summary.length > 0 && summary.length <= 100));
  });

  it('its plan and its state, in queries', async () => {
    const plan = await waiting.handle.query(planQuery);
    const { state, planHash, request } = await waiting.handle.query(statusQuery);

    assert.equal(plan?.method, 'bridge');
    assert.deepEqual(state.plan, plan);
    assert.match(planHash, /^[0-9a-f]{12}$/);
    assert.deepEqual(request, waiting.request);
  });

  it('itself to a second start, which is refused', async () => {
    const { workflowId } = waiting.handle;

    await assert.rejects(
      bench.client.workflow.start('rotateTrustAnchor', {
        args: [waiting.request],
        workflowId,
        taskQueue: 'nobody-listens-here',
        workflowIdConflictPolicy: 'FAIL',
      }),
      WorkflowExecutionAlreadyStartedError,
    );
  });

  it('that it is on its way back, in search attributes', async () => {
    waiting.fake.heldGates.add('leaves-under-old-anchor');
    await waiting.handle.signal('abort', { by: 'ann' });

    await waitFor(async () => (await shown(waiting, 'RotationState')) === 'swinging-back', {
      what: 'the way back to be published',
    });
  });
});

function summaryOf({ userMetadata }: HistoryEvent): string {
  const payload = userMetadata?.summary;
  return payload ? defaultPayloadConverter.fromPayload<string>(payload) : '';
}
