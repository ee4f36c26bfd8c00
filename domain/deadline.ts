/** Everything that bounds a rotation in time. All in milliseconds. */
export interface DeadlineInputs {
  /**
   * Unix times at which A ends, the intermediate CA that signs for it where its own key is not in the
   * cluster, and the bridge once there is one.
   */
  readonly endsMs: readonly number[];
  readonly leafLifetimeMs: number;
  readonly marginMs: number;
}

/**
 * The hard deadline: identity stops issuing when A or a CA between it and the identity issuer ends, leaves
 * are clamped to the end of the bridge, and two leaf lifetimes must fit before any of them, one to turn
 * leaves over and one to come back.
 */
export function hardDeadlineMs({ endsMs, leafLifetimeMs, marginMs }: DeadlineInputs): number {
  return Math.min(...endsMs) - 2 * leafLifetimeMs - marginMs;
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
