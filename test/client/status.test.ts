import assert from 'node:assert/strict';
import type { Connectors } from '../../client/context.ts';
import type { RotationReport, RotationState } from '../../domain/rotation-state.ts';
import { reportOf } from '../../domain/rotation-state.ts';
import { assertGolden } from '../support/golden-file.ts';
import { ago, anchors, gateReport, nowMs, statusOf } from './fixtures.ts';
import type { Run } from './run-client.ts';
import { anAnswer, clusterNamed, runClient } from './run-client.ts';

const running = statusOf({
  condition: 'waiting-for-approval',
  gate: gateReport(60, 60),
  waiting: {
    for: 'approval retire-anchor',
    since: ago(120),
    approval: 'retire-anchor',
    laggards: [],
  },
});
const state = statusOf({
  anchors,
  approvals: [{ gate: 'switch-issuer', by: 'ada', at: ago(400) }],
  exceptions: [{ name: 'pod shop/legacy-0', by: 'ada', reason: 'is being removed' }],
}).state;

const done: RotationState = {
  ...state,
  phases: [
    { phase: 'Preflight', state: 'done', startedAt: ago(600), endedAt: ago(596) },
    { phase: 'Verifying', state: 'done', startedAt: ago(596), endedAt: ago(60) },
  ],
};

/** A Temporal with one rotation: `report` is how it has ended. */
function knowing(report?: RotationReport): Connectors['openTemporal'] {
  const description = {
    workflowId: 'trust-rotation/uid-1',
    runId: 'run-1',
    status: { name: report === undefined ? 'RUNNING' : 'COMPLETED' },
    // Of the latest run: the rotation began with an earlier one.
    startTime: new Date(nowMs - 300_000),
    closeTime: new Date(nowMs - 60_000),
    raw: {},
  };
  const client = {
    options: {},
    withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
    workflow: {
      getHandle: () => ({
        describe: async () => description,
        query: async () => running,
        result: async () => report,
      }),
    },
  };
  return async () => ({
    // Sound: status asks a client for nothing else.
    client: client as never,
    address: 'a:1',
    namespace: 'default',
    close: async () => undefined,
  });
}

function status(openTemporal: Connectors['openTemporal'], more: string[] = []): Promise<Run> {
  return runClient(['status', '--temporal-address', 'a:1', ...more], {
    isTTY: true,
    now: () => nowMs,
    connectors: { openCluster: clusterNamed('uid-1'), openTemporal },
  });
}

describe('linkerd-trust status', () => {
  for (const [what, file, openTemporal] of [
    ['a rotation that waits', 'status.txt', knowing()],
    ['the end of a rotation', 'status-end.txt', knowing(reportOf(done, 'completed'))],
    [
      'the end of a rotation that failed',
      'status-failed.txt',
      knowing(reportOf({ ...state, reason: 'the issuer was not renewed in time' }, 'failed')),
    ],
  ] as const) {
    it(`shows ${what} at 80 columns, and answers machines by its schema`, async () => {
      const run = await status(openTemporal);

      assert.ok(run.stdout.split('\n').every((line) => line.length <= 80));
      await assertGolden(`test/client/golden/${file}`, run.stdout);
      anAnswer('status', (await status(openTemporal, ['-o', 'json'])).stdout);
    });
  }
});
