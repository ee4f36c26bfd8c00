import type { Client, WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ValueError } from '@temporalio/common';
import { z } from 'zod';
import type { ApprovalName } from '../../domain/phases.ts';
import { expiryScheduleId } from '../../domain/expiry/expiry-check.ts';
import type { PastRotation, RunFacts } from '../../domain/resource/past-rotation.ts';
import { pastRotation, stoppedRotation } from '../../domain/resource/past-rotation.ts';
import type { Revision } from '../../domain/resource/spec-change.ts';
import type { RotationRequest } from '../../domain/rotation-request.ts';
import type { RotationReport } from '../../domain/rotation-state.ts';
import { endConditions } from '../../domain/rotation-state.ts';
import { rotationWorkflowId } from '../../domain/rotation-request.ts';
import type { PersonMessage, ReviseMessage, RunningSight } from '../../workflows/messages.ts';
import {
  abortUpdate,
  approveUpdate,
  pauseSignal,
  resumeSignal,
  reviseUpdate,
  sightQuery,
} from '../../workflows/messages.ts';
import type { rotateTrustAnchor } from '../../workflows/rotate-trust-anchor.ts';
import type { WantedSchedule } from './expiry-schedule.ts';
import { keepExpirySchedule } from './expiry-schedule.ts';
import { startOnce } from './start-once.ts';
import { temporalFailure } from './temporal-failure.ts';

/** What Temporal knows of the cluster's rotation. */
export type RotationLook =
  | { readonly kind: 'none' }
  | RunningRotation
  | { readonly kind: 'ended'; readonly past: PastRotation }
  | { readonly kind: 'unreachable'; readonly reason: string };

export interface RunningRotation {
  readonly kind: 'running';
  readonly trigger?: string;
  /** Absent when no worker has answered in time. */
  readonly sight?: RunningSight;
}

/** An answer of a running rotation: what it did, or why it refused. */
export interface Answer {
  readonly accepted: boolean;
  readonly text: string;
}

/** The rotations of one cluster in Temporal, as the operator needs them. Every call ends within seconds. */
export interface RotationEngine {
  readonly workflowId: string;
  /** Never throws. */
  look(): Promise<RotationLook>;
  /** Triggers of the runs that Temporal still remembers. */
  pastTriggers(): Promise<readonly string[]>;
  /** Started twice with one `requestId` it is one rotation. `undefined`: another one is running. */
  start(request: RotationRequest, requestId: string): Promise<string | undefined>;
  pause(message: PersonMessage): Promise<void>;
  resume(message: PersonMessage): Promise<void>;
  approve(gate: ApprovalName, by: string): Promise<Answer>;
  abort(by: string): Promise<Answer>;
  revise(revision: Revision, message: PersonMessage): Promise<Answer>;
  /** Keeps the Schedule that looks at the time that is left; `undefined` takes it away. */
  keepSchedule(wanted: WantedSchedule | undefined): Promise<void>;
}

const callTimeoutMs = 5_000;
/** Runs whose memo is read for a trigger that seems new; more than anyone starts within a retention. */
const rememberedRuns = 200;

const rotationMemo = z.object({
  requestedBy: z.string().default('unknown'),
  trigger: z.string().optional(),
});

/** As much of a report as is remembered. One that another version has made may be anything. */
const readableReport = z.looseObject({
  rotationId: z.string(),
  outcome: z.enum(endConditions),
  reason: z.string().optional(),
  method: z.string().optional(),
  anchors: z
    .looseObject({
      b: z.looseObject({ certificate: z.looseObject({ fingerprint: z.string() }) }).optional(),
    })
    .optional(),
  phases: z.array(
    z.looseObject({
      phase: z.string(),
      startedAt: z.string().optional(),
      endedAt: z.string().optional(),
    }),
  ),
});

export function createRotationEngine(client: Client, cluster: string): RotationEngine {
  return new TemporalEngine(client, cluster);
}

class TemporalEngine implements RotationEngine {
  readonly workflowId: string;
  readonly #client: Client;
  readonly #cluster: string;
  /** A run that has ended stays as it is: its report is read once. */
  #ended: PastRotation | undefined;

  constructor(client: Client, cluster: string) {
    this.#client = client;
    this.#cluster = cluster;
    this.workflowId = rotationWorkflowId(cluster);
  }

  async look(): Promise<RotationLook> {
    try {
      const description = await this.#bounded(() => this.#handle().describe());
      const facts = factsOf(description);
      if (description.status.name === 'RUNNING') return await this.#running(facts);
      if (this.#ended?.runId !== facts.runId) {
        this.#ended = await this.#readEnd(description.runId, facts);
      }
      return { kind: 'ended', past: this.#ended };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { kind: 'none' };
      return {
        kind: 'unreachable',
        reason: error instanceof Error ? error.message : String(error),
      };
    }
  }

  keepSchedule(wanted: WantedSchedule | undefined): Promise<void> {
    return this.#tried(`keep the Schedule ${expiryScheduleId(this.#cluster)}`, () =>
      keepExpirySchedule(this.#client, this.#cluster, wanted),
    );
  }

  pastTriggers(): Promise<readonly string[]> {
    return this.#tried('list the rotations of the past', () =>
      listTriggers(this.#client, this.workflowId),
    );
  }

  start(request: RotationRequest, requestId: string): Promise<string | undefined> {
    return this.#bounded(() => startOnce(this.#client, request, requestId));
  }

  pause(message: PersonMessage): Promise<void> {
    return this.#tried('pause the rotation', () => this.#handle().signal(pauseSignal, message));
  }

  resume(message: PersonMessage): Promise<void> {
    return this.#tried('resume the rotation', () => this.#handle().signal(resumeSignal, message));
  }

  approve(gate: ApprovalName, by: string): Promise<Answer> {
    return this.#ask((handle) => handle.executeUpdate(approveUpdate, { args: [{ gate, by }] }));
  }

  abort(by: string): Promise<Answer> {
    return this.#ask((handle) => handle.executeUpdate(abortUpdate, { args: [{ by }] }));
  }

  revise(revision: Revision, message: PersonMessage): Promise<Answer> {
    const args: [ReviseMessage] = [{ ...message, revision }];
    return this.#ask((handle) => handle.executeUpdate(reviseUpdate, { args }));
  }

  async #running({ trigger }: RunFacts): Promise<RunningRotation> {
    // A worker that is down or busy is no reason to doubt that it runs.
    const sight = await this.#bounded(() => this.#handle().query(sightQuery)).catch(
      () => undefined,
    );
    return {
      kind: 'running',
      ...(trigger === undefined ? {} : { trigger }),
      ...(sight === undefined ? {} : { sight }),
    };
  }

  async #readEnd(runId: string, facts: RunFacts): Promise<PastRotation> {
    try {
      return pastOf(await this.#bounded(() => this.#handle(runId).result()), facts);
    } catch (error) {
      // Temporal has answered: asked again, it would say the same.
      if (error instanceof ValueError) return unreadable(facts);
      if (!(error instanceof WorkflowFailedError)) throw error;
      return stoppedRotation(facts, error.cause?.message ?? error.message);
    }
  }

  async #ask(
    update: (handle: RotationHandle) => Promise<{ readonly text: string }>,
  ): Promise<Answer> {
    try {
      return { accepted: true, ...(await this.#bounded(() => update(this.#handle()))) };
    } catch (error) {
      if (!(error instanceof WorkflowUpdateFailedError))
        throw this.#failure('steer the rotation', error);
      return { accepted: false, text: error.cause?.message ?? error.message };
    }
  }

  #handle(runId?: string): RotationHandle {
    return this.#client.workflow.getHandle<typeof rotateTrustAnchor>(this.workflowId, runId);
  }

  #tried<Result>(tried: string, ask: () => Promise<Result>): Promise<Result> {
    return this.#bounded(ask).catch((error: unknown) => {
      throw this.#failure(tried, error);
    });
  }

  #failure(tried: string, error: unknown): Error {
    return temporalFailure(
      `${tried} in Temporal's namespace ${this.#client.options.namespace}`,
      error,
    );
  }

  #bounded<Result>(ask: () => Promise<Result>): Promise<Result> {
    return this.#client.withDeadline(Date.now() + callTimeoutMs, ask);
  }
}

type RotationHandle = WorkflowHandle<typeof rotateTrustAnchor>;

function factsOf(description: WorkflowExecutionDescription): RunFacts {
  const { requestedBy, trigger } = rotationMemo.parse(description.memo ?? {});
  const { firstRunId } = description.raw.workflowExecutionInfo ?? {};
  const endedAt = description.closeTime ?? description.startTime;
  return {
    runId:
      firstRunId === undefined || firstRunId === null || firstRunId === ''
        ? description.runId
        : firstRunId,
    requestedBy,
    ...(trigger === undefined ? {} : { trigger }),
    startedAt: description.startTime.toISOString(),
    endedAt: endedAt.toISOString(),
  };
}

function pastOf(result: unknown, facts: RunFacts): PastRotation {
  const { success, data } = readableReport.safeParse(result);
  // Sound: all that is remembered of a report has been looked at.
  return success ? pastRotation(data as unknown as RotationReport, facts) : unreadable(facts);
}

function unreadable(facts: RunFacts): PastRotation {
  return stoppedRotation(
    facts,
    'it ended with a report that this version cannot read; Temporal has it as the result of its run',
  );
}

async function listTriggers(client: Client, workflowId: string): Promise<readonly string[]> {
  const triggers: string[] = [];
  let seen = 0;
  for await (const { memo } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const { trigger } = rotationMemo.parse(memo ?? {});
    if (trigger !== undefined) triggers.push(trigger);
    seen += 1;
    if (seen === rememberedRuns) break;
  }
  return triggers;
}
