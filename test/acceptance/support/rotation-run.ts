import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { ApprovalName, PhaseName } from '../../../domain/phases.ts';
import type { Condition, RotationReport, RotationState } from '../../../domain/rotation-state.ts';
import type { rotateTrustAnchor } from '../../../workflows/index.ts';
import {
  abortUpdate,
  approveUpdate,
  exceptUpdate,
  pauseSignal,
  resumeSignal,
  statusQuery,
} from '../../../workflows/messages.ts';
import { waitFor } from '../../support/wait-for.ts';
import { endTimeoutMs, stateTimeoutMs } from './patience.ts';

export type RotationHandle = WorkflowHandle<typeof rotateTrustAnchor>;

const pollMs = 400;

/** A rotation that runs: what it shows, and what people can tell it. */
export class RotationRun {
  readonly handle: RotationHandle;
  readonly #onPhase: (phase: string) => void;
  /** Every state in which it was seen, in order, each once. */
  readonly seen: string[] = [];
  /** What it came to, once it has ended. */
  report: RotationReport | undefined;
  #last: RotationState | undefined;
  #following = true;
  readonly #followed: Promise<void>;

  constructor(handle: RotationHandle, onPhase: (phase: string) => void) {
    this.handle = handle;
    this.#onPhase = onPhase;
    this.#followed = this.#follow();
  }

  /** The state that was seen last. */
  get state(): RotationState {
    if (this.#last === undefined) throw new Error('the rotation has not shown its state yet');
    return this.#last;
  }

  /** Waits until the rotation shows a state; `what` ends "waited for". */
  async until(what: string, met: (state: RotationState) => boolean): Promise<RotationState> {
    try {
      await waitFor(() => this.#last !== undefined && met(this.#last), {
        what: `the rotation to show ${what}`,
        timeoutMs: stateTimeoutMs,
        intervalMs: pollMs,
      });
    } catch (error) {
      throw new Error(`${String(error)}; it showed\n  ${this.#trace()}`, { cause: error });
    }
    return this.state;
  }

  /** Or beyond it, where that was quicker than a look. */
  untilPhase(phase: PhaseName): Promise<RotationState> {
    return this.until(`phase ${phase}`, ({ phases }) =>
      phases.some((record) => record.phase === phase && record.state !== 'pending'),
    );
  }

  untilCondition(condition: Condition): Promise<RotationState> {
    return this.until(`condition ${condition}`, (state) => state.condition === condition);
  }

  /** Waits until it is blocked and names something whose text contains `named`. */
  untilBlockedBy(named: string): Promise<RotationState> {
    return this.until(`a block that names ${named}`, ({ condition, waiting }) => {
      const told = JSON.stringify(waiting ?? {});
      return ['blocked', 'swinging-back'].includes(condition) && told.includes(named);
    });
  }

  /** Waits until it asks people for an approval. */
  untilAsked(approval: ApprovalName): Promise<RotationState> {
    return this.until(`approval ${approval}`, ({ waiting }) => waiting?.approval === approval);
  }

  pause(): Promise<void> {
    return this.handle.signal(pauseSignal, { by: 'tester' });
  }

  resume(): Promise<void> {
    return this.handle.signal(resumeSignal, { by: 'tester' });
  }

  async approve(gate: ApprovalName): Promise<void> {
    await this.handle.executeUpdate(approveUpdate, { args: [{ gate, by: 'tester' }] });
  }

  async except(name: string): Promise<void> {
    const args = [{ name, by: 'tester', reason: 'part of the scenario' }] as const;
    await this.handle.executeUpdate(exceptUpdate, { args: [...args] });
  }

  async abort(): Promise<string> {
    const { text } = await this.handle.executeUpdate(abortUpdate, { args: [{ by: 'tester' }] });
    return text;
  }

  /** The report, whose outcome must be this one. */
  async ends(outcome: RotationReport['outcome']): Promise<RotationReport> {
    const trace = new AbortController();
    const late = delay(endTimeoutMs, undefined, { signal: trace.signal }).then(() => {
      throw new Error(`the rotation did not end; it showed\n  ${this.#trace()}`);
    });
    try {
      const report = await Promise.race([this.handle.result(), late]);
      this.report = report;
      const why = `${report.reason ?? ''}\n  ${this.seen.join('\n  ')}`;
      assert.equal(report.outcome, outcome, `ended as ${report.outcome}: ${why}`);
      return report;
    } finally {
      trace.abort();
      late.catch(() => undefined);
      await this.stopFollowing();
    }
  }

  #trace(): string {
    const waiting = JSON.stringify(this.#last?.waiting ?? 'nothing');
    return [...this.seen.slice(-15), `at last it waited for ${waiting}`].join('\n  ');
  }

  async stopFollowing(): Promise<void> {
    this.#following = false;
    await this.#followed;
  }

  async #follow(): Promise<void> {
    while (this.#following) {
      // Without a worker nobody answers: the scenarios that kill it expect that.
      const status = await this.handle.query(statusQuery).catch(() => undefined);
      if (status !== undefined) this.#note(status.state);
      await delay(pollMs);
    }
  }

  #note(state: RotationState): void {
    this.#last = state;
    this.#onPhase(state.phase ?? 'none');
    const { phase, condition, waiting, gate } = state;
    const held = [waiting?.for, ...(waiting?.laggards ?? []).map(({ what }) => what)].join('; ');
    const line = `${phase ?? 'none'} ${condition} ${held} [${gate?.gate ?? 'no gate'}]`;
    if (this.seen.at(-1) === line) return;
    this.seen.push(line);
    if (process.env['TRACE_ROTATIONS'] === '1') {
      process.stdout.write(`${new Date().toISOString()} ${line}\n`);
    }
  }
}

export function phaseNames(report: RotationReport): readonly PhaseName[] {
  return report.phases.filter(({ state }) => state === 'done').map(({ phase }) => phase);
}
