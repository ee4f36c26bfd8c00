/**
 * How long a test waits, in milliseconds, for what should come at once: longer than a busy machine
 * stands still, and no green run waits for it.
 */
export const patienceMs = 60_000;
