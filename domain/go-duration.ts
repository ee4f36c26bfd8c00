const unitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a Go duration (`24h0m0s`, `1.5h`); `undefined` for what Go would not parse. */
export function parseGoDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g);
  return [...parts].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (unitsMs[unit ?? ''] ?? 0),
    0,
  );
}

/** As `parseGoDuration`. @throws Error for what Go would not parse. */
export function requireGoDuration(text: string): number {
  const ms = parseGoDuration(text);
  if (ms === undefined) throw new Error(`"${text}" is no duration of the form 24h0m0s.`);
  return ms;
}
