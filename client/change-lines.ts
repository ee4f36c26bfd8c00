import type { RotationState } from '../domain/rotation-state.ts';
import type { RotationStatus } from '../workflows/messages.ts';
import { formatTime } from './format.ts';
import type { LiveProgress } from './live-progress.ts';
import { nextMoves } from './next-moves.ts';

/** One look at a running rotation. */
export interface Look {
  readonly status: RotationStatus;
  readonly live: LiveProgress;
}

export interface LineOptions {
  readonly nowMs: number;
  /** How this client was called, for the commands that the lines name. */
  readonly command: string;
}

/** What has changed since the last look, as lines for a log; everything that stands when there was none. */
export function changeLines(before: Look | undefined, after: Look, options: LineOptions): string[] {
  const old = before?.status.state;
  const { state } = after.status;
  const texts = [
    ...headline(old, state),
    ...phaseChanges(old, state),
    ...gateChanges(before, after),
    ...waitingChanges(old, state, options.command),
    ...noteChanges(old, state),
  ];
  const at = formatTime(new Date(options.nowMs).toISOString());
  return texts.map((text) => `${at}  ${text}`);
}

function headline(old: RotationState | undefined, state: RotationState): string[] {
  const isSame = old?.condition === state.condition && old.rotationId === state.rotationId;
  return isSame ? [] : [`rotation ${state.rotationId}: ${state.condition}`];
}

function phaseChanges(old: RotationState | undefined, state: RotationState): string[] {
  return state.phases
    .filter((record) => {
      const known = old?.phases.find(({ phase }) => phase === record.phase);
      return record.state !== 'pending' && known?.state !== record.state;
    })
    .map(({ phase, state: reached }) => `phase ${phase}: ${reached}`);
}

function gateChanges(before: Look | undefined, after: Look): string[] {
  const gate = gateOf(after);
  const old = before === undefined ? undefined : gateOf(before);
  if (gate === undefined) return [];
  const isSame =
    old?.gate === gate.gate &&
    old.converged === gate.converged &&
    old.total === gate.total &&
    old.passed === gate.passed;
  if (isSame) return [];
  const verdict = gate.passed ? 'passed' : 'not passed yet';
  return [`gate ${gate.gate}: ${String(gate.converged)} of ${String(gate.total)}, ${verdict}`];
}

function gateOf({ status, live }: Look): RotationState['gate'] {
  return live.gate ?? status.state.gate;
}

function waitingChanges(
  old: RotationState | undefined,
  state: RotationState,
  command: string,
): string[] {
  const { waiting } = state;
  if (waiting === undefined || waiting.for === old?.waiting?.for) return [];
  return [
    `waits for ${waiting.for}`,
    ...nextMoves(state, command).map((move) => `  ${move.why}: ${move.command}`),
  ];
}

function noteChanges(old: RotationState | undefined, state: RotationState): string[] {
  const known = new Set(old?.notes.map(({ at, text }) => `${at} ${text}`));
  return state.notes
    .filter(({ at, text }) => !known.has(`${at} ${text}`))
    .map(({ text }) => `note: ${text}`);
}
