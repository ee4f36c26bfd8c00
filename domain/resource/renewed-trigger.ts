/**
 * Triggers that the product gives itself where somebody has renewed the anchor; a person's may not hold
 * a slash. A rotation that did not start is tried again under a name of its own, since each starts one.
 */
const prefix = 'anchor-renewed/';

/** @param attempt from 1 on */
export function renewedTrigger(fingerprint: string, attempt = 1): string {
  const first = `${prefix}${fingerprint.slice(0, 16)}`;
  return attempt === 1 ? first : `${first}/${String(attempt)}`;
}

/** The number of the attempt; `undefined` for a trigger of another anchor, or of a person. */
export function attemptOf(trigger: string, fingerprint: string): number | undefined {
  const first = renewedTrigger(fingerprint);
  if (trigger === first) return 1;
  return trigger.startsWith(`${first}/`) ? Number(trigger.slice(first.length + 1)) : undefined;
}

/** Whether both try to take up the same renewed anchor, the first before the second. */
export function isEarlierAttempt(one: string, other: string): boolean {
  if (!other.startsWith(prefix)) return false;
  const [fingerprint = '', attempt = '1'] = other.slice(prefix.length).split('/');
  return (attemptOf(one, fingerprint) ?? Infinity) < Number(attempt);
}
