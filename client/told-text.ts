import { approveAnnotation } from '../mesh/resource/resource-metadata.ts';
import { fit, formatDue, formatDuration, formatTime, table, wrap } from './format.ts';
import type { ToldRotation } from './told-rotation.ts';
import { runningIn } from './told-rotation.ts';
import { laggardLines, phaseLine } from './watch-view.ts';

export interface ToldTextOptions {
  readonly clusterName: string;
  readonly columns: number;
  readonly nowMs: number;
}

/** A rotation as the TrustAnchorRotation tells it, in the form of what Temporal tells. */
export function renderTold(told: ToldRotation, options: ToldTextOptions): string[] {
  const running = runningIn(told);
  const lines = running === undefined ? restLines(told, options) : runLines(told, running, options);
  return [...lines, '', ...wrap(`Next step: ${nextStep(told)}`, options.columns, 2)];
}

function nextStep({ waiting }: ToldRotation): string {
  const approval = waiting?.approval;
  return approval === undefined
    ? 'kubectl describe tar cluster says more; with --temporal-address, Temporal is asked.'
    : `kubectl annotate tar cluster ${approveAnnotation}=${approval}`;
}

function runLines(
  told: ToldRotation,
  running: NonNullable<ToldRotation['rotation']>,
  { clusterName, columns, nowMs }: ToldTextOptions,
): string[] {
  const { id, condition, method, pace, requestedBy, hardDeadline, updatedAt } = running;
  const facts = [
    `cluster ${clusterName}`,
    ...(method === undefined ? [] : [`method ${method}`]),
    ...(pace === undefined ? [] : [`pace ${pace}`]),
    `by ${requestedBy}`,
  ];
  return [
    `Trust anchor rotation ${id}: ${condition}`,
    ...wrap(facts.join(' · '), columns, 2),
    ...(hardDeadline === undefined ? [] : [`hard deadline ${formatDue(hardDeadline, nowMs)}`]),
    `told by TrustAnchorRotation cluster at ${formatTime(updatedAt)}`,
    '',
    ...told.phases.map((record) => fit(phaseLine(record, nowMs), columns)),
    '',
    ...wrap(told.progress, columns, 2),
    ...laggardLines(told.laggards, told.unnamedLaggards, columns),
  ];
}

function restLines(told: ToldRotation, { clusterName, columns }: ToldTextOptions): string[] {
  const [last] = told.rotations;
  const rows: readonly (readonly [string, string])[] = [
    ['phase', told.phase],
    ['progress', told.progress],
    ['told by', 'TrustAnchorRotation cluster'],
  ];
  return [
    `No rotation is running in ${clusterName}.`,
    '',
    ...table([...rows, ...(last === undefined ? [] : lastRows(last, told.progress))], columns),
  ];
}

function lastRows(
  last: ToldRotation['rotations'][number],
  progress: string,
): (readonly [string, string])[] {
  const { id, outcome, endedAt, durationSeconds, requestedBy, reason = progress } = last;
  const took = formatDuration(durationSeconds * 1_000);
  return [
    ['last rotation', `${id} of ${requestedBy}: ${outcome}`],
    ['ended', `${formatTime(endedAt)}, after ${took}`],
    ...(reason === progress ? [] : [['reason', reason] as const]),
  ];
}
