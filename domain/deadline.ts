/** Everything that bounds a rotation in time. All in Unix milliseconds. */
export interface DeadlineInputs {
  readonly anchorNotAfterMs: number;
  /** End of the bridge certificate, once there is one. */
  readonly bridgeNotAfterMs?: number;
  readonly leafLifetimeMs: number;
  readonly marginMs: number;
}

/**
 * The hard deadline: identity stops issuing when A ends, leaves are clamped to the end of the bridge,
 * and two leaf lifetimes must fit before either, one to turn leaves over and one to come back.
 */
export function hardDeadlineMs(inputs: DeadlineInputs): number {
  const end = Math.min(inputs.anchorNotAfterMs, inputs.bridgeNotAfterMs ?? Infinity);
  return end - 2 * inputs.leafLifetimeMs - inputs.marginMs;
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
