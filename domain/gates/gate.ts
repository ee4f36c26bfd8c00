import type { Convergence, Laggard } from '../convergence.ts';
import { isConverged, unnamedLaggards } from '../convergence.ts';
import type { Survey } from '../survey.ts';

export const gateNames = [
  'signer-pinned',
  'bundle-holds-both',
  'fleet-holds-both',
  'fleet-accepts-bridge',
  'issuer-bridged',
  'issuer-switched',
  'issuer-swung-back',
  'leaves-under-new-anchor',
  'leaves-under-old-anchor',
  'bundle-holds-new-only',
  'fleet-holds-new-only',
  'bridge-released',
] as const;
export type GateName = (typeof gateNames)[number];

/** A condition that must be observed over everything alive before a rotation may go on. */
export interface Gate {
  readonly name: GateName;
  /** What is waited for, as the end of "waits until …". */
  readonly title: string;
  readonly judge: (survey: Survey) => Convergence;
}

export interface GateReport {
  readonly gate: GateName;
  readonly title: string;
  readonly passed: boolean;
  readonly converged: number;
  readonly total: number;
  readonly laggards: readonly Laggard[];
  /** Laggards beyond the named ones. */
  readonly unnamed: number;
  /** When the survey was taken; ISO 8601 in UTC. */
  readonly at: string;
}

export function reportOn(gate: Gate, survey: Survey): GateReport {
  const convergence = gate.judge(survey);
  return {
    gate: gate.name,
    title: gate.title,
    passed: isConverged(convergence),
    converged: convergence.converged,
    total: convergence.total,
    laggards: convergence.laggards,
    unnamed: unnamedLaggards(convergence),
    at: survey.takenAt,
  };
}
