import { shortFingerprint } from '../domain/certificate.ts';
import type { EndCondition, RotationReport } from '../domain/rotation-state.ts';
import { counted, fit, formatDuration, formatTime, table, wrap } from './format.ts';
import type { RotationReading } from './rotation-reading.ts';
import { phaseLine } from './watch-view.ts';

type Over = Extract<RotationReading, { kind: 'ended' | 'stopped' }>;

const outcomes: Readonly<
  Record<EndCondition, { readonly happened: string; readonly next: string }>
> = {
  completed: { happened: 'is complete', next: 'nothing: the old anchor is gone' },
  'already-rotated': {
    happened: 'ended: the anchor had been rotated already',
    next: 'nothing',
  },
  aborted: {
    happened: 'was aborted; what it had changed was put back',
    next: 'linkerd-trust rotate begins anew',
  },
  held: {
    happened: 'was stopped where it is safe to stay',
    next: 'linkerd-trust rotate goes on from there',
  },
  'not-started': {
    happened: 'did not start, nothing was changed',
    next: 'linkerd-trust plan shows what stands in the way',
  },
  failed: {
    happened: 'failed',
    next: 'linkerd-trust plan shows where the cluster stands; linkerd-trust rotate goes on from there',
  },
};

/** How a rotation ended, with what it leaves behind. */
export function renderEnd(reading: Over, columns: number): string[] {
  if (reading.kind === 'ended') return renderReport(reading, columns);
  return [
    ...wrap(`The rotation ended without a report: ${reading.reason}.`, columns, 2),
    ...table([['ended', formatTime(reading.endedAt)]], columns),
    ...wrap(
      'Next step: linkerd-trust plan shows where the cluster stands; rotate goes on from there.',
      columns,
      2,
    ),
  ];
}

function renderReport(reading: Extract<Over, { kind: 'ended' }>, columns: number): string[] {
  const { report, endedAt } = reading;
  const { happened, next } = outcomes[report.outcome];
  return [
    `Trust anchor rotation ${report.rotationId} ${happened}.`,
    ...(report.reason === undefined ? [] : wrap(report.reason, columns, 2)),
    '',
    ...table(reportRows(reading, report), columns),
    '',
    ...report.phases.map((record) => fit(phaseLine(record, Date.parse(endedAt)), columns)),
    '',
    ...wrap(`Next step: ${next}.`, columns, 2),
  ];
}

function reportRows({ startedAt, endedAt }: Over, report: RotationReport): [string, string][] {
  const { anchors, method, restarts, approvals, exceptions } = report;
  const took = formatDuration(Date.parse(endedAt) - Date.parse(startedAt));
  const named = (fingerprint: string | undefined): string =>
    fingerprint === undefined ? 'none' : shortFingerprint(fingerprint);
  return [
    ['ended', `${formatTime(endedAt)}, after ${took}`],
    ...(anchors === undefined
      ? []
      : ([
          ['old anchor (A)', named(anchors.a.certificate.fingerprint)],
          ['new anchor (B)', named(anchors.b?.certificate.fingerprint)],
        ] satisfies [string, string][])),
    ...(method === undefined ? [] : ([['method', method]] satisfies [string, string][])),
    [
      'restarts',
      `${counted(restarts.workloads, 'workload')} in ${counted(restarts.waves, 'wave')}`,
    ],
    ...approvals.map(({ gate, by, at }): [string, string] => [
      'approved',
      `${gate} by ${by}, ${formatTime(at)}`,
    ]),
    ...exceptions.map(({ name, by, reason }): [string, string] => [
      'excepted',
      `${name} by ${by}: ${reason}`,
    ]),
  ];
}
