import type { Laggard } from '../domain/convergence.ts';
import type { GateReport } from '../domain/gates/gate.ts';
import { phases } from '../domain/phases.ts';
import type { PhaseRecord, RotationState } from '../domain/rotation-state.ts';
import type { SurveySummary } from '../domain/survey-summary.ts';
import type { RotationStatus } from '../workflows/messages.ts';
import {
  counted,
  fit,
  formatDue,
  formatDuration,
  formatTime,
  progressBar,
  wrap,
} from './format.ts';
import type { LiveProgress } from './live-progress.ts';
import { nextMoves } from './next-moves.ts';

export interface WatchFrame {
  readonly columns: number;
  /** Height of the terminal; what does not fit is left out from the end. */
  readonly rows: number;
  /** How this client was called, for the commands that the view names. */
  readonly command: string;
}

const shownLaggards = 5;
const shownNotes = 5;
const barWidth = 30;
const marks = { done: '✓', running: '▸', pending: '·' } as const;

/** The whole view as lines that fit the frame. */
export function renderWatch(
  status: RotationStatus,
  live: LiveProgress,
  frame: WatchFrame,
  nowMs: number,
): string[] {
  const { state } = status;
  const gate = live.gate ?? state.gate;
  const sections = [
    headerLines(status, nowMs),
    state.phases.map((record) => phaseLine(record, nowMs)),
    waitingLines(state, gate, { frame, nowMs }),
    gate === undefined ? [] : gateLines(gate, frame),
    activityLines(live, frame),
    state.observed === undefined ? [] : fleetLines(state, state.observed, nowMs),
    noteLines(state),
  ];
  return stack(sections, frame);
}

/** Sections below each other with a blank line between; the last ones go first when it gets tight. */
function stack(sections: readonly (readonly string[])[], frame: WatchFrame): string[] {
  const lines: string[] = [];
  for (const section of sections.filter(({ length }) => length > 0)) {
    const block = lines.length === 0 ? section : ['', ...section];
    if (lines.length + block.length > frame.rows) break;
    lines.push(...block);
  }
  const shown = lines.length === 0 ? (sections[0] ?? []).slice(0, frame.rows) : lines;
  return shown.map((line) => fit(line, frame.columns));
}

function headerLines({ state, request }: RotationStatus, nowMs: number): string[] {
  const facts = [
    `cluster ${request.clusterName}`,
    `method ${state.method ?? request.method}`,
    `pace ${request.pace}`,
    `by ${request.requestedBy}`,
  ];
  return [
    `Trust anchor rotation ${state.rotationId}: ${state.condition}`,
    facts.join(' · '),
    ...(state.hardDeadline === undefined
      ? []
      : [`hard deadline ${formatDue(state.hardDeadline, nowMs)}`]),
    ...(state.reason === undefined ? [] : [state.reason]),
  ];
}

/** `  ▸ ReplacingLeaves  1h 02m  replace every leaf …`. */
export function phaseLine(
  { phase, state, startedAt, endedAt }: PhaseRecord,
  nowMs: number,
): string {
  const endMs = endedAt === undefined ? nowMs : Date.parse(endedAt);
  const took = startedAt === undefined ? '' : formatDuration(endMs - Date.parse(startedAt));
  const title = state === 'running' ? `  ${phases[phase].title}` : '';
  return `  ${marks[state]} ${phase.padEnd(24)}${took.padStart(8)}${title}`.trimEnd();
}

function waitingLines(
  state: RotationState,
  gate: GateReport | undefined,
  { frame, nowMs }: { readonly frame: WatchFrame; readonly nowMs: number },
): string[] {
  const { waiting } = state;
  if (waiting === undefined) return [];
  const since = formatDuration(nowMs - Date.parse(waiting.since));
  return [
    ...wrap(`Waits for ${waiting.for} (since ${since})`, frame.columns, 2),
    // The gate below names its own laggards, and more freshly.
    ...(waiting.for === gate?.title
      ? []
      : laggardLines(waiting.laggards, waiting.unnamed ?? 0, frame.columns)),
    ...nextMoves(state, frame.command).flatMap(({ why, command }) => [
      `  ${why}:`,
      `    ${command}`,
    ]),
  ];
}

function gateLines(gate: GateReport, frame: WatchFrame): string[] {
  const { converged, total } = gate;
  const percent = total === 0 ? 100 : Math.floor((converged / total) * 100);
  const bar = progressBar(converged, total, barWidth);
  return [
    `Gate ${gate.gate}: ${gate.title}`,
    `  ${bar} ${String(converged)} of ${String(total)} (${String(percent)} %)${gate.passed ? ' ✓' : ''}`,
    ...laggardLines(gate.laggards, gate.unnamed, frame.columns),
  ];
}

/** The first of those that are waited for, and how many more there are. */
export function laggardLines(
  laggards: readonly Laggard[],
  unnamed: number,
  columns: number,
): string[] {
  const shown = laggards.slice(0, shownLaggards);
  const more = laggards.length - shown.length + unnamed;
  return [
    ...shown.flatMap(({ what, reason, remedy }) => [
      fit(`  ${what}: ${reason}`, columns),
      fit(`    → ${remedy}`, columns),
    ]),
    ...(more > 0 ? [`  … and ${String(more)} more`] : []),
  ];
}

/** What runs and cannot be seen from the gate: waves of restarts, and steps that fail and are retried. */
function activityLines({ activities }: LiveProgress, { columns }: WatchFrame): string[] {
  return activities
    .filter(({ text, attempt }) => text !== undefined || attempt > 1)
    .flatMap(({ name, text, attempt, lastFailure }) => [
      `Now: ${text ?? name}${attempt > 1 ? ` (attempt ${String(attempt)})` : ''}`,
      ...(attempt > 1 && lastFailure !== undefined
        ? [fit(`  the last attempt failed: ${lastFailure}`, columns)]
        : []),
    ]);
}

function fleetLines(state: RotationState, observed: SurveySummary, nowMs: number): string[] {
  const age = formatDuration(Math.max(nowMs - Date.parse(observed.takenAt), 0));
  const { waves, workloads } = state.restarts;
  const roleWidth = Math.max(0, ...observed.fleet.map(({ role }) => role.length));
  const heldWidth = Math.max(0, ...observed.fleet.map(({ holds }) => holds.length));
  return [
    `Fleet ${age} ago · ${counted(workloads, 'workload restart')} in ${counted(waves, 'wave')}`,
    ...observed.fleet.map(
      ({ role, holds, presents, proxies }) =>
        `  ${String(proxies).padStart(5)} ${role.padEnd(roleWidth)}  holds ${holds.padEnd(heldWidth)}  presents ${presents}`,
    ),
    ...observed.identity.map(
      (row) => `  ${String(row.replicas).padStart(5)} identity: ${row.state}`,
    ),
    ...observed.injectors.map(
      (row) => `  ${String(row.replicas).padStart(5)} injector: ${row.state}`,
    ),
  ];
}

function noteLines({ notes }: RotationState): string[] {
  if (notes.length === 0) return [];
  return [
    'Notes',
    ...notes.slice(-shownNotes).map(({ at, text }) => `  ${formatTime(at)}  ${text}`),
  ];
}
