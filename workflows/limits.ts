/** Numbers that bound a history, each with its reason. */

/** A status that is behind by more than this helps nobody; the live view reads heartbeats meanwhile. */
const firstReportMs = 10_000;
/** Each report costs about six events: a wait of weeks must stay below continue-as-new every day. */
const longestReportMs = 3_600_000;

/** How long the n-th watch of one gate runs before it reports back, n from 0. */
export function reportIntervalMs(reports: number): number {
  return Math.min(firstReportMs * 2 ** reports, longestReportMs);
}

/** Between two tries of a mutation that the invariants refuse: they look again on a fresh survey. */
export function refusalPauseMs(refusals: number, pollMs: number): number {
  return Math.min(pollMs * 2 ** refusals, 60_000);
}

/** Temporal suggests continue-as-new at 4,096 events; earlier keeps the page of a run readable. */
export const maxHistoryEvents = 2_000;
