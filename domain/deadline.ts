/** Everything that bounds a rotation in time. */
export interface DeadlineInputs {
  /**
   * When A ends, the intermediate CA that signs for it where its own key is not in the cluster, and the
   * bridge once there is one; ISO 8601 in UTC.
   */
  readonly ends: readonly (string | undefined)[];
  readonly leafLifetimeMs: number;
  readonly marginMs: number;
}

/**
 * The hard deadline: identity stops issuing when A or a CA between it and the identity issuer ends, leaves
 * are clamped to the end of the bridge, and two leaf lifetimes must fit before any of them, one to turn
 * leaves over and one to come back.
 * @returns Unix milliseconds
 */
export function hardDeadlineMs({ ends, leafLifetimeMs, marginMs }: DeadlineInputs): number {
  const known = ends.filter((end) => end !== undefined);
  return Math.min(...known.map((end) => Date.parse(end))) - 2 * leafLifetimeMs - marginMs;
}

/** The other way round: until when anchor and bridge must last for a rotation that goes on from now. */
export function neededUntilMs(outlook: {
  readonly nowMs: number;
  readonly expectedDurationMs: number;
  readonly leafLifetimeMs: number;
  readonly marginMs: number;
}): number {
  const { nowMs, expectedDurationMs, leafLifetimeMs, marginMs } = outlook;
  return nowMs + expectedDurationMs + 2 * leafLifetimeMs + marginMs;
}
