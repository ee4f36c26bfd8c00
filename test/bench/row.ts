/** What a row must reach: its ratio, or the measured value itself where the unit matters. */
export type Goal = {
  readonly of: 'ratio' | 'value';
} & ({ readonly atMost: number } | { readonly atLeast: number });

/** One line of the table: something measured, against something else measured in the same run. */
export interface Row {
  /** The bench it comes from, as `--only` names it. */
  readonly bench: string;
  readonly name: string;
  readonly value: number;
  readonly baseline: number;
  /** `value / baseline`. */
  readonly ratio: number;
  /** Of value and baseline: `s`, `MiB`, `requests`, … */
  readonly unit: string;
  /** What the baseline is. */
  readonly against: string;
  readonly goal?: string;
  /** Absent where there is no goal. */
  readonly met?: boolean;
}

export interface Measurement {
  readonly bench: string;
  readonly name: string;
  readonly value: number;
  readonly baseline: number;
  readonly unit: string;
  readonly against: string;
  readonly goal?: Goal;
}

export function rowOf({ goal, ...measured }: Measurement): Row {
  const ratio = measured.value / measured.baseline;
  const row = { ...measured, ratio };
  if (goal === undefined) return row;
  const judged = goal.of === 'ratio' ? ratio : measured.value;
  const met = 'atMost' in goal ? judged <= goal.atMost : judged >= goal.atLeast;
  return { ...row, goal: describeGoal(goal, measured.unit), met };
}

function describeGoal(goal: Goal, unit: string): string {
  const suffix = goal.of === 'ratio' ? '×' : ` ${unit}`;
  return 'atMost' in goal
    ? `≤ ${String(goal.atMost)}${suffix}`
    : `≥ ${String(goal.atLeast)}${suffix}`;
}
