import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { rotationWorkflowId } from '../domain/rotation-request.ts';
import type { PhaseRecord, RotationReport } from '../domain/rotation-state.ts';
import type { EndedRun } from './rotation-reading.ts';
import { readOver } from './rotation-reading.ts';
import { temporalError } from './temporal-errors.ts';

/** One rotation that is over. Times are ISO 8601 in UTC. */
export interface PastRotation {
  readonly workflowId: string;
  readonly runId: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly tookMs: number;
  /** That of its report; `stopped` for one that was ended from outside, or by a bug. */
  readonly outcome: RotationReport['outcome'] | 'stopped';
  readonly rotationId?: string;
  readonly reason?: string;
  readonly requestedBy?: string;
  readonly method?: RotationReport['method'];
  /** Workloads that were restarted. */
  readonly restarts?: number;
  readonly phases: readonly { readonly phase: PhaseRecord['phase']; readonly tookMs: number }[];
}

const listTimeoutMs = 10_000;

/**
 * The rotations of a cluster that are over, the latest first, at most `limit`; as far back as Temporal
 * keeps them.
 *
 * @throws CommandError when Temporal does not answer
 */
export async function readPastRotations(
  client: Client,
  cluster: string,
  limit: number,
): Promise<readonly PastRotation[]> {
  const query = `WorkflowId = "${rotationWorkflowId(cluster)}" AND ExecutionStatus != "Running"`;
  const past: PastRotation[] = [];
  try {
    await client.withDeadline(Date.now() + listTimeoutMs, async () => {
      for await (const info of client.workflow.list({ query })) {
        const over = await readOver(client, info);
        // A run that goes on in a later one is a part of that.
        if (over !== undefined) past.push(pastOf(over, info));
        if (past.length === limit) return;
      }
    });
  } catch (error) {
    throw temporalError('list past rotations', error, {
      nextStep: 'check that the Temporal server is up, then run the same command again',
    });
  }
  return past.toSorted((one, other) => (one.endedAt < other.endedAt ? 1 : -1));
}

function pastOf(over: EndedRun, { memo }: WorkflowExecutionInfo): PastRotation {
  const { workflowId, runId, startedAt, endedAt } = over;
  const tookMs = between(startedAt, endedAt);
  const requestedBy = memo?.['requestedBy'];
  const who = typeof requestedBy === 'string' ? { requestedBy } : {};
  if (over.kind === 'stopped') {
    return {
      workflowId,
      runId,
      startedAt,
      endedAt,
      tookMs,
      outcome: 'stopped',
      reason: over.reason,
      ...who,
      phases: [],
    };
  }
  const { report } = over;
  const { rotationId, outcome, method, reason, restarts } = report;
  const phases = timedPhases(report.phases);
  return {
    workflowId,
    runId,
    startedAt,
    endedAt,
    tookMs,
    outcome,
    rotationId,
    ...(reason === undefined ? {} : { reason }),
    ...who,
    ...(method === undefined ? {} : { method }),
    restarts: restarts.workloads,
    phases,
  };
}

function timedPhases(records: readonly PhaseRecord[]): PastRotation['phases'] {
  return records.flatMap(({ phase, startedAt, endedAt }) =>
    startedAt === undefined || endedAt === undefined
      ? []
      : [{ phase, tookMs: between(startedAt, endedAt) }],
  );
}

function between(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from);
}
