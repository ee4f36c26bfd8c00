import type { PlanRotationResult } from '../activities/contract.ts';
import type { Laggard } from '../domain/convergence.ts';
import type { AnchorLine, Plan } from '../domain/plan.ts';
import { anchorLabel } from '../domain/plan.ts';
import type { RotationRequest } from '../domain/rotation-request.ts';
import { counted, formatDue, formatDuration, table, wrap } from './format.ts';

export interface PlanTextOptions {
  readonly clusterName: string;
  readonly approvals: RotationRequest['approvals'];
  /** Whose the names of the objects and the sources are. */
  readonly origin?: string | undefined;
  readonly columns: number;
  readonly nowMs: number;
}

/** The plan as a person reads it before agreeing to it. */
export function renderPlan(found: PlanRotationResult, options: PlanTextOptions): string[] {
  const { plan, planHash } = found;
  return [
    `Plan ${planHash} for the trust anchor of ${options.clusterName}`,
    '',
    ...table(planRows(plan, options), options.columns),
    ...problemLines(plan.blockers, options.columns),
    ...riskLines(plan.risks, options.columns),
  ];
}

function planRows(plan: Plan, { approvals, origin, nowMs }: PlanTextOptions): [string, string][] {
  const { anchors, position } = plan;
  const approvalTexts = Object.entries(approvals).map(
    ([gate, mode]) => `${gate} ${mode === 'automatic' ? 'by itself' : 'by a person'}`,
  );
  return [
    ['anchor in use (A)', anchorText(anchors.a, nowMs)],
    [
      'next anchor (B)',
      anchors.b === undefined ? 'the rotation brings it in' : anchorText(anchors.b, nowMs),
    ],
    [
      'position',
      `${position.kind === 'in-phase' ? position.phase : 'unknown'}: ${position.because}`,
    ],
    ['method', `${plan.method}: ${plan.methodBecause}`],
    ['pace', plan.pace],
    ['phases', plan.phases.length === 0 ? 'none' : plan.phases.join(' → ')],
    ['approvals', approvalTexts.join(', ')],
    [
      'fleet',
      `${counted(plan.proxies, 'live proxy', 'live proxies')} of ${counted(plan.workloads, 'workload')}`,
    ],
    ['restarts', restartText(plan)],
    ['expected duration', formatDuration(plan.expectedDurationMs)],
    ['hard deadline', formatDue(plan.hardDeadline, nowMs)],
    ...(origin === undefined ? [] : ([['settings', origin]] satisfies [string, string][])),
  ];
}

function anchorText(anchor: AnchorLine, nowMs: number): string {
  const { subject, notAfter, intermediateNotAfter } = anchor;
  const intermediate =
    intermediateNotAfter === undefined
      ? ''
      : `; the intermediate CA that signs for it ends ${formatDue(intermediateNotAfter, nowMs)}`;
  return `${anchorLabel(anchor)} ${subject}, ends ${formatDue(notAfter, nowMs)}${intermediate}`;
}

function restartText({ passes, wavesPerPass, restarts }: Plan): string {
  if (passes === 0) return 'none forced by trust';
  return `${counted(restarts, 'workload restart')} in ${counted(passes, 'pass', 'passes')} of ${counted(wavesPerPass, 'wave')}`;
}

function problemLines(blockers: readonly Laggard[], columns: number): string[] {
  if (blockers.length === 0) return ['', 'Blockers: none'];
  return ['', `Blockers: ${String(blockers.length)}`, ...blockerLines(blockers, columns)];
}

/** What stands in the way, why, and what a person can do. */
export function blockerLines(blockers: readonly Laggard[], columns: number): string[] {
  return blockers.flatMap(({ what, reason, remedy }) => [
    ...wrap(`  ✗ ${what}: ${reason}`, columns, 4),
    ...wrap(`    → ${remedy}`, columns, 6),
  ]);
}

function riskLines(risks: readonly string[], columns: number): string[] {
  if (risks.length === 0) return [];
  return ['', 'Risks', ...risks.flatMap((risk) => wrap(`  - ${risk}`, columns, 4))];
}
