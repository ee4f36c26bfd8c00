import type { Laggard } from './convergence.ts';
import type { GateReport } from './gates/gate.ts';
import { phases } from './phases.ts';
import type { PhaseRecord, RotationState } from './rotation-state.ts';
import type { SurveySummary } from './survey-summary.ts';

/** Laggards shown on the page; all that are named stand in the status. */
const shownLaggards = 10;

/** The rotation's current details as Markdown: what the Temporal Web UI shows while it runs. */
export function renderDetails(state: RotationState): string {
  return [
    headline(state),
    ...checklist(state.phases),
    ...waitingFor(state),
    ...(state.gate === undefined ? [] : gateLines(state.gate)),
    ...(state.observed === undefined ? [] : fleetLines(state.observed)),
    ...noteLines(state),
  ].join('\n');
}

function headline(state: RotationState): string {
  const facts = [
    `**${state.condition}**`,
    state.method === undefined ? undefined : `method ${state.method}`,
    `${String(state.restarts.workloads)} workload restarts in ${String(state.restarts.waves)} waves`,
    state.hardDeadline === undefined ? undefined : `hard deadline ${state.hardDeadline}`,
  ];
  const reason = state.reason === undefined ? '' : `\n\n${state.reason}`;
  return `## Trust anchor rotation ${state.rotationId}\n\n${joined(facts)}${reason}\n`;
}

function checklist(records: readonly PhaseRecord[]): string[] {
  const marks = { done: '✅', running: '▶️', pending: '⬜' } as const;
  return records.map(
    ({ phase, state }) => `- ${marks[state]} **${phase}**: ${phases[phase].title}`,
  );
}

function waitingFor({ waiting }: RotationState): string[] {
  if (waiting === undefined) return [];
  const command =
    waiting.approval === undefined
      ? []
      : ['', 'To go on:', '', '```', `linkerd-trust approve ${waiting.approval}`, '```'];
  return [
    '',
    `### Waits for ${waiting.for}`,
    `since ${waiting.since}`,
    ...command,
    ...laggardLines(waiting.laggards, waiting.unnamed),
  ];
}

function gateLines(gate: GateReport): string[] {
  const state = gate.passed ? 'passed' : 'not passed yet';
  return [
    '',
    `### Gate \`${gate.gate}\`: ${state}`,
    `${gate.title}: ${String(gate.converged)} of ${String(gate.total)}`,
    ...laggardLines(gate.laggards, gate.unnamed),
  ];
}

function laggardLines(laggards: readonly Laggard[], unnamed = 0): string[] {
  if (laggards.length === 0) return [];
  const rows = laggards
    .slice(0, shownLaggards)
    .map(({ what, reason, remedy }) => `| ${cell(what)} | ${cell(reason)} | ${cell(remedy)} |`);
  const more = laggards.length - rows.length + unnamed;
  return [
    '',
    '| what | why | what to do |',
    '| --- | --- | --- |',
    ...rows,
    ...(more > 0 ? ['', `… and ${String(more)} more`] : []),
  ];
}

function fleetLines(observed: SurveySummary): string[] {
  const rows = observed.fleet.map(
    ({ role, holds, presents, proxies }) =>
      `| ${role} | ${holds} | ${presents} | ${String(proxies)} |`,
  );
  return [
    '',
    `### Fleet at ${observed.takenAt}`,
    '',
    '| role | holds | presents | proxies |',
    '| --- | --- | --- | ---: |',
    ...rows,
    '',
    ...observed.identity.map(({ state, replicas }) => `- identity × ${String(replicas)}: ${state}`),
    ...observed.injectors.map(
      ({ state, replicas }) => `- injector × ${String(replicas)}: ${state}`,
    ),
  ];
}

function noteLines({ notes }: RotationState): string[] {
  if (notes.length === 0) return [];
  return ['', '### What happened', '', ...notes.map(({ at, text }) => `- ${at} ${text}`)];
}

/** A `|` or a line break would end a table's cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' · ');
}
