import { pastRotation } from '../../../domain/resource/past-rotation.ts';
import type { RotationRequest } from '../../../domain/rotation-request.ts';
import type { EndCondition, RotationState } from '../../../domain/rotation-state.ts';
import { reportOf } from '../../../domain/rotation-state.ts';
import type { PersonMessage, RunningSight } from '../../../workflows/messages.ts';
import type { Answer, RotationEngine, RotationLook } from '../../../worker/operator/engine.ts';
import type { WantedSchedule } from '../../../worker/operator/expiry-schedule.ts';
import { anchors, statusOf } from '../../client/fixtures.ts';

/** Temporal and the one rotation in it, as a test says; several operators may look at it. */
export class FakeEngine implements RotationEngine {
  readonly workflowId = 'trust-rotation/test';
  /** What was asked for, in order. */
  readonly calls: string[] = [];
  /** Every rotation that was really started. */
  readonly started: RotationRequest[] = [];
  looks = 0;
  /** What was wanted of the Schedule, in order. */
  readonly schedules: (WantedSchedule | undefined)[] = [];
  unreachable: string | undefined;
  /** What the next approvals, aborts and revisions are answered with. */
  answer: Answer = { accepted: true, text: 'done' };
  /** A step that happens before a start reaches the server. */
  beforeStart: () => void | Promise<void> = () => undefined;
  /** The same for the Schedule. */
  beforeSchedule: () => void = () => undefined;
  /** The same for pauses, approvals, aborts and revisions. */
  beforeSteering: () => void = () => undefined;
  #look: RotationLook = { kind: 'none' };
  readonly #requests = new Map<string, string>();

  async look(): Promise<RotationLook> {
    this.looks += 1;
    if (this.unreachable !== undefined) return { kind: 'unreachable', reason: this.unreachable };
    return this.#look;
  }

  async pastTriggers(): Promise<readonly string[]> {
    return this.started.flatMap(({ trigger }) => trigger ?? []);
  }

  async start(request: RotationRequest, requestId: string): Promise<string | undefined> {
    await this.beforeStart();
    const known = this.#requests.get(requestId);
    if (known !== undefined) return known;
    if (this.#look.kind === 'running') return undefined;
    this.started.push(request);
    const runId = `run-${String(this.started.length)}`;
    this.#requests.set(requestId, runId);
    this.run({}, { runId, request });
    return runId;
  }

  /** A rotation runs and is in this state. */
  run(state: Partial<RotationState>, more: Partial<RunningSight> = {}): void {
    const before = this.#look.kind === 'running' ? this.#look.sight : undefined;
    const request = more.request ?? before?.request ?? statusOf().request;
    this.#look = {
      kind: 'running',
      ...(request.trigger === undefined ? {} : { trigger: request.trigger }),
      sight: {
        workflowId: this.workflowId,
        runId: 'run-0',
        startedAt: new Date().toISOString(),
        ...before,
        state: statusOf({ anchors, ...state }).state,
        at: new Date().toISOString(),
        ...more,
        request,
      },
    };
  }

  /** A rotation runs, and no worker answers for it. */
  runUnseen(): void {
    this.#look = { kind: 'running' };
  }

  /** The rotation that runs ends. */
  end(outcome: EndCondition, endedAt = new Date().toISOString()): void {
    if (this.#look.kind !== 'running' || this.#look.sight === undefined) {
      throw new Error('no rotation runs');
    }
    const { state, request, runId, startedAt } = this.#look.sight;
    const { requestedBy, trigger } = request;
    this.#look = {
      kind: 'ended',
      past: pastRotation(reportOf(state, outcome), {
        runId,
        requestedBy,
        startedAt,
        endedAt,
        ...(trigger === undefined ? {} : { trigger }),
      }),
    };
  }

  async keepSchedule(wanted: WantedSchedule | undefined): Promise<void> {
    this.beforeSchedule();
    this.schedules.push(wanted);
  }

  async pause({ by }: PersonMessage): Promise<void> {
    this.beforeSteering();
    this.calls.push('pause');
    this.run({}, { paused: { by } });
  }

  async resume(): Promise<void> {
    this.calls.push('resume');
    if (this.#look.kind !== 'running' || this.#look.sight === undefined) return;
    const sight: { paused?: PersonMessage } & RunningSight = { ...this.#look.sight };
    delete sight.paused;
    this.#look = { ...this.#look, sight };
  }

  approve(gate: string, by: string): Promise<Answer> {
    return this.#answered(`approve ${gate} by ${by}`);
  }

  abort(): Promise<Answer> {
    return this.#answered('abort');
  }

  revise(revision: object): Promise<Answer> {
    return this.#answered(`revise ${JSON.stringify(revision)}`);
  }

  async #answered(call: string): Promise<Answer> {
    this.beforeSteering();
    this.calls.push(call);
    return this.answer;
  }
}
