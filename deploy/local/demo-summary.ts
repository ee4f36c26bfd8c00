import type { HandshakeFailure } from '../../simulator/mesh/traffic/traffic-counts.ts';
import type { TrafficSnapshot } from '../../simulator/mesh/traffic/traffic.ts';
import type { RotationReport } from '../../domain/rotation-state.ts';

/** Everything the demo found out. */
export interface DemoResult {
  readonly traffic: TrafficSnapshot;
  /** What the traffic has left out. */
  readonly gaps: readonly string[];
  /** Phases or steps with their durations, in order. */
  readonly steps: readonly { readonly name: string; readonly seconds: number }[];
  readonly report?: RotationReport;
  readonly historyEvents?: number;
  /** Pods that still hold the old anchor. */
  readonly oldAnchorIn?: readonly string[];
  readonly runUrl?: string;
  /** Environment variables with which a client finds the Temporal server. */
  readonly temporal?: Readonly<Record<string, string>>;
}

/** The summary at the end of a run, as lines of at most 100 columns. */
export function renderSummary(result: DemoResult): readonly string[] {
  return [
    '',
    row('phase', 'seconds', 'handshakes', 'failed'),
    row('-----', '-------', '----------', '------'),
    ...result.steps.map(({ name, seconds }) => phaseRow(result, name, seconds.toFixed(1))),
    row(
      'in all',
      totalSeconds(result),
      String(result.traffic.tried),
      String(result.traffic.failed),
    ),
    '',
    ...reportLines(result),
    ...failureLines(result.traffic),
    ...result.gaps.map((gap) => `Not covered: ${gap}`),
  ];
}

function phaseRow({ traffic }: DemoResult, name: string, seconds: string): string {
  const counts = traffic.phases[name];
  return row(name, seconds, String(counts?.tried ?? 0), String(counts?.failed ?? 0));
}

function row(name: string, seconds: string, tried: string, failed: string): string {
  return `  ${name.padEnd(42)}${seconds.padStart(9)}${tried.padStart(12)}${failed.padStart(9)}`;
}

function totalSeconds({ steps }: DemoResult): string {
  return steps.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(1);
}

function reportLines({ report, historyEvents, oldAnchorIn, runUrl }: DemoResult): string[] {
  if (report === undefined) return [];
  const { outcome, method, restarts } = report;
  const held = oldAnchorIn ?? [];
  return [
    `Outcome: ${outcome}, method ${method ?? 'none'}`,
    `Restarts: ${String(restarts.workloads)} workloads in ${String(restarts.waves)} waves`,
    `Old anchor: ${held.length === 0 ? 'gone from every live proxy' : `still held by ${held.slice(0, 3).join(', ')}`}`,
    `History: ${String(historyEvents ?? 0)} events`,
    ...(runUrl === undefined ? [] : [`Web UI: ${runUrl}`]),
    '',
  ];
}

/** Which pairs failed and how often, most frequent first. */
function failureLines({ phases }: TrafficSnapshot): string[] {
  const failed = Object.entries(phases).flatMap(([phase, { statePairs, failures }]) =>
    statePairs
      .filter((pair) => pair.failed > 0)
      .map((pair) => ({ phase, ...pair, example: failures.find(isOf(pair)) })),
  );
  const lines = failed
    .toSorted((one, other) => other.failed - one.failed)
    .slice(0, 12)
    .map(
      ({ phase, client, server, failed: count, tried, example }) =>
        `  ${String(count)} of ${String(tried)} from ${client} to ${server} in "${phase}"${exampleOf(example)}`,
    );
  if (lines.length === 0) return [];
  return ['Failed handshakes, as {anchors held}/{anchors the leaf verifies under}:', ...lines, ''];
}

function isOf(pair: { readonly client: string; readonly server: string }) {
  return ({ client, server }: HandshakeFailure): boolean =>
    client.state === pair.client && server.state === pair.server;
}

function exampleOf(failure: HandshakeFailure | undefined): string {
  if (failure === undefined) return '';
  return `, for example ${failure.client.pod} to ${failure.server.pod}: ${failure.result} after ${String(failure.afterMs)} ms`;
}

/** What is said where everything goes on running: as it is pasted into another terminal. */
export function renderHandover(variables: Readonly<Record<string, string>>): readonly string[] {
  return [
    '',
    'Everything goes on running; Ctrl-C stops it. In another terminal:',
    ...Object.entries(variables).map(([name, value]) => `  export ${name}=${value}`),
    '  npm run linkerd-trust -- inspect',
  ];
}
