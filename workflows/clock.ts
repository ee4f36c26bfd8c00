/** The workflow's own deterministic clock. */
export function isoNow(): string {
  return new Date().toISOString();
}
