const unitMs = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const msOf = new Map<string, number>(Object.entries(unitMs));

/**
 * Milliseconds of a Go duration such as `24h0m0s` or `1500ms`, as Linkerd's container arguments hold them.
 *
 * @throws when the text is none.
 */
export function parseGoDurationMs(text: string): number {
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s))+$/.test(text)) throw new Error(`Not a Go duration: ${text}`);
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)) {
    totalMs += Number(amount) * (msOf.get(unit ?? '') ?? 0);
  }
  return totalMs;
}

/** As Go writes a duration: `24h0m0s`, `1m30s`, `1.5s`; below a second `500ms`. */
export function formatGoDuration(ms: number): string {
  if (ms > 0 && ms < unitMs.s) return `${ms}ms`;
  const hours = ms < unitMs.h ? '' : `${Math.floor(ms / unitMs.h)}h`;
  const minutes = ms < unitMs.m ? '' : `${Math.floor((ms % unitMs.h) / unitMs.m)}m`;
  return `${hours}${minutes}${(ms % unitMs.m) / unitMs.s}s`;
}
