import assert from 'node:assert/strict';
import type { Environment } from './environment.ts';

type Traffic = Environment['mesh']['traffic'];

/** Where the counts stood when a scenario began: several share one mesh. */
export interface TrafficMark {
  readonly tried: number;
  readonly failed: number;
}

export function markTraffic(traffic: Traffic): TrafficMark {
  const { tried, failed } = traffic.snapshot();
  return { tried, failed };
}

export function failedSince(traffic: Traffic, mark: TrafficMark): number {
  return traffic.snapshot().failed - mark.failed;
}

/** Fewer than this in a whole rotation, and the zero behind it would prove little. */
const fewestHandshakes = 200;

/** The product's first measure: handshakes were made all the time, and none failed. */
export function assertNoFailedHandshake(
  traffic: Traffic,
  mark: TrafficMark,
  atLeast = fewestHandshakes,
): void {
  const { tried, failed, phases } = traffic.snapshot();
  const failures = Object.entries(phases).flatMap(([phase, counts]) =>
    counts.failures.map((failure) => ({ phase, ...failure })),
  );
  assert.ok(
    tried - mark.tried >= atLeast,
    `only ${String(tried - mark.tried)} handshakes were tried`,
  );
  assert.equal(
    failed - mark.failed,
    0,
    `handshakes failed; the last ones: ${JSON.stringify(failures.slice(-3), null, 1)}`,
  );
}
