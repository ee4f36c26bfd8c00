/**
 * How long a scenario waits before it calls something stuck. Generous, since a green run never waits
 * for them: a machine that is busy elsewhere makes a rotation slow, not wrong.
 */
export const stateTimeoutMs = 300_000;
export const endTimeoutMs = 420_000;
/** A scenario is a few states and up to two rotations. */
export const scenarioTimeoutMs = 900_000;
