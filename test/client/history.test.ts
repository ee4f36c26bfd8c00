import assert from 'node:assert/strict';
import type { Connectors } from '../../client/context.ts';
import type { RotationReport } from '../../domain/rotation-state.ts';
import { newRotationState, reportOf } from '../../domain/rotation-state.ts';
import { assertGolden } from '../support/golden-file.ts';
import { ago, nowMs } from './fixtures.ts';
import type { Run } from './run-client.ts';
import { anAnswer, clusterNamed, runClient } from './run-client.ts';

interface PastRun {
  readonly runId: string;
  readonly status: 'COMPLETED' | 'TERMINATED' | 'CONTINUED_AS_NEW';
  readonly endedAgo: number;
  readonly report?: RotationReport;
}

const completed: RotationReport = {
  ...reportOf({ ...newRotationState([]), rotationId: 'aaaaaaaa-bbbbbbbb' }, 'completed'),
  method: 'bridge',
  restarts: { waves: 4, workloads: 13 },
  phases: [
    { phase: 'Preflight', state: 'done', startedAt: ago(7_200), endedAt: ago(7_192) },
    { phase: 'PinningSigner', state: 'done', startedAt: ago(7_192), endedAt: ago(7_000) },
    { phase: 'RetiringTrustAnchor', state: 'done', startedAt: ago(7_000), endedAt: ago(3_600) },
    { phase: 'Verifying', state: 'pending' },
  ],
};

const runs: readonly PastRun[] = [
  { runId: 'run-3', status: 'COMPLETED', endedAgo: 3_600, report: completed },
  { runId: 'run-2', status: 'CONTINUED_AS_NEW', endedAgo: 5_000 },
  { runId: 'run-1', status: 'TERMINATED', endedAgo: 90_000 },
];

/** A Temporal that keeps these runs. */
function keeping(kept: readonly PastRun[]): Connectors['openTemporal'] {
  const infos = kept.map(({ runId, status, endedAgo }) => ({
    workflowId: 'trust-rotation/uid-1',
    runId,
    status: { name: status },
    startTime: new Date(nowMs - endedAgo * 1_000 - 60_000),
    closeTime: new Date(nowMs - endedAgo * 1_000),
    memo: { requestedBy: 'ada' },
  }));
  const client = {
    withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
    workflow: {
      list: async function* () {
        yield* infos;
      },
      getHandle: (_id: string, runId: string) => ({
        result: async () => kept.find((run) => run.runId === runId)?.report,
      }),
    },
  };
  return async () => ({
    // Sound: history asks a client for nothing else.
    client: client as never,
    address: 'a:1',
    namespace: 'default',
    close: async () => undefined,
  });
}

function history(args: readonly string[], kept = runs): Promise<Run> {
  return runClient(['history', ...args], {
    isTTY: true,
    connectors: { openCluster: clusterNamed('uid-1'), openTemporal: keeping(kept) },
  });
}

describe('linkerd-trust history', () => {
  it('shows outcome and durations at 80 columns', async () => {
    const run = await history([]);

    assert.ok(run.stdout.split('\n').every((line) => line.length <= 80));
    await assertGolden('test/client/golden/history.txt', run.stdout);
  });

  it('counts a rotation that went through several runs once, from its very beginning', async () => {
    const run = await history(['-o', 'json']);

    assert.partialDeepStrictEqual(anAnswer('history', run.stdout), {
      rotations: [
        { runId: 'run-3', startedAt: ago(7_200), tookMs: 3_600_000, outcome: 'completed' },
        { runId: 'run-1', outcome: 'stopped', requestedBy: 'ada' },
      ],
    });
  });

  it('ends after as many as were asked for', async () => {
    const run = await history(['--limit', '1', '-o', 'json']);

    assert.doesNotMatch(run.stdout, /run-1/);
  });
});
