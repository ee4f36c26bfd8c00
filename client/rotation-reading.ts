import type {
  Client,
  WorkflowExecutionDescription,
  WorkflowExecutionInfo,
  WorkflowHandle,
} from '@temporalio/client';
import {
  isGrpcDeadlineError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { rotationWorkflowId } from '../domain/rotation-request.ts';
import type { RotationReport } from '../domain/rotation-state.ts';
import type { RotationStatus } from '../workflows/messages.ts';
import { statusQuery } from '../workflows/messages.ts';
import type { rotateTrustAnchor } from '../workflows/rotate-trust-anchor.ts';
import { CommandError } from './command-error.ts';
import { ExitCode } from './exit-codes.ts';
import { grpcProblem, temporalError } from './temporal-errors.ts';
import { silenceOf } from './temporal-readiness.ts';

/** What Temporal knows about the rotation of a cluster: the one that runs, or the last one. */
export type RotationReading =
  | { readonly kind: 'none'; readonly workflowId: string }
  | ({ readonly kind: 'running'; readonly status: RotationStatus } & Run)
  /** It came to an end of its own, with a report. */
  | ({ readonly kind: 'ended'; readonly endedAt: string; readonly report: RotationReport } & Run)
  /** It was ended from outside, or by a bug: there is no report. */
  | ({ readonly kind: 'stopped'; readonly endedAt: string; readonly reason: string } & Run);

export type EndedRun = Extract<RotationReading, { kind: 'ended' | 'stopped' }>;

export interface Run {
  readonly workflowId: string;
  readonly runId: string;
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
}

const readTimeoutMs = 5_000;

/**
 * Reads where the rotation of a cluster stands. A running one answers itself, so its worker must be up.
 *
 * @throws CommandError when Temporal or, for a running rotation, the worker does not answer within 5 s
 */
export async function readStatus(client: Client, cluster: string): Promise<RotationReading> {
  const workflowId = rotationWorkflowId(cluster);
  const description = await describeRotation(client, cluster);
  if (description === undefined) return { kind: 'none', workflowId };
  const over = await readOver(client, description);
  if (over !== undefined) return over;
  return { kind: 'running', ...runOf(description), status: await queryStatus(client, cluster) };
}

/** One run of a rotation, as Temporal lists it. */
type RunInfo = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'runId' | 'startTime' | 'closeTime' | 'status'
>;

/**
 * How one run has ended; `undefined` for one that runs, or that goes on in a later run.
 *
 * @throws CommandError when Temporal does not answer within 5 s
 */
export async function readOver(client: Client, info: RunInfo): Promise<EndedRun | undefined> {
  const run = runOf(info);
  const endedAt = (info.closeTime ?? info.startTime).toISOString();
  const { name } = info.status;
  if (name === 'COMPLETED') {
    const report = await readReport(client, run);
    // The last of several runs began later than the rotation did.
    const startedAt = report.phases[0]?.startedAt ?? run.startedAt;
    return { kind: 'ended', ...run, startedAt, endedAt, report };
  }
  if (name === 'FAILED') {
    return { kind: 'stopped', ...run, endedAt, reason: await readFailure(client, run) };
  }
  if (isStopped(name)) return { kind: 'stopped', ...run, endedAt, reason: howItStopped[name] };
  return undefined;
}

function runOf({ workflowId, runId, startTime }: RunInfo): Run {
  return { workflowId, runId, startedAt: startTime.toISOString() };
}

const howItStopped = {
  CANCELLED: 'it was cancelled in Temporal',
  TERMINATED: 'it was terminated in Temporal, without leaving the mesh safely',
  TIMED_OUT: 'it timed out in Temporal',
} as const;

function isStopped(name: string): name is keyof typeof howItStopped {
  return name in howItStopped;
}

/** What Temporal keeps about the latest run; `undefined` when no rotation has ever run. */
export async function describeRotation(
  client: Client,
  cluster: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await bounded(client, () => handleOf(client, cluster).describe());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw temporalError('read the state of the rotation', error, {
      nextStep: 'check that the Temporal server is up, then run the same command again',
    });
  }
}

/** A handle on whichever run is the latest: a long rotation goes through several. */
export function handleOf(
  client: Client,
  cluster: string,
): WorkflowHandle<typeof rotateTrustAnchor> {
  return client.workflow.getHandle<typeof rotateTrustAnchor>(rotationWorkflowId(cluster));
}

async function queryStatus(client: Client, cluster: string): Promise<RotationStatus> {
  try {
    return await bounded(client, () => handleOf(client, cluster).query(statusQuery));
  } catch (error) {
    const problem = grpcProblem(error) ?? '';
    if (isGrpcDeadlineError(error) || /no poller/i.test(problem)) {
      throw await workerIsSilent(client, cluster, error);
    }
    throw temporalError('ask the rotation where it stands', error, {
      nextStep: 'look at the rotation in the Temporal Web UI and at the log of the worker',
    });
  }
}

async function workerIsSilent(
  client: Client,
  cluster: string,
  cause: unknown,
): Promise<CommandError> {
  const silence = await silenceOf(client, cluster);
  return new CommandError(ExitCode.temporal, {
    tried: 'ask the rotation where it stands',
    happened: `it is running, but ${silence.happened}`,
    nextStep: `${silence.nextStep}; the rotation goes on where it stopped`,
    cause,
  });
}

async function readReport(client: Client, run: Run): Promise<RotationReport> {
  const handle = client.workflow.getHandle<typeof rotateTrustAnchor>(run.workflowId, run.runId);
  try {
    return await bounded(client, () => handle.result());
  } catch (error) {
    throw temporalError('read the report of the last rotation', error, {
      nextStep: 'look at the rotation in the Temporal Web UI',
    });
  }
}

async function readFailure(client: Client, run: Run): Promise<string> {
  try {
    await bounded(client, () => client.workflow.getHandle(run.workflowId, run.runId).result());
    return 'it failed';
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return `it failed: ${error.cause?.message ?? error.message}`;
  }
}

function bounded<Result>(client: Client, ask: () => Promise<Result>): Promise<Result> {
  return client.withDeadline(Date.now() + readTimeoutMs, ask);
}
