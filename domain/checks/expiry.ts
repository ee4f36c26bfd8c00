import type { CertificateFacts } from '../certificate.ts';
import type { Problem } from './check.ts';
import { error, warning } from './check.ts';

const dayMs = 86_400_000;
/** As `linkerd check` has it for every certificate. */
const soonMs = 60 * dayMs;
/** Shorter lives are renewed by machines, and late: Linkerd's guide has webhooks' 24 h renewed 1 h before. */
const shortLifeMs = 7 * dayMs;

/**
 * Whether a certificate is in its dates and will be for a while: for 60 days, or, where it lives for
 * less than half a year, for a third of its life, or, where it lives for less than a week, for a thirtieth.
 */
export function judgeExpiry(
  what: string,
  { notBefore, notAfter }: Pick<CertificateFacts, 'notBefore' | 'notAfter'>,
  { atMs, cure }: { readonly atMs: number; readonly cure: string },
): Problem | undefined {
  const endMs = Date.parse(notAfter);
  const beginMs = Date.parse(notBefore);
  if (atMs > endMs) return error(`${what} ended on ${notAfter}; ${cure}`);
  if (atMs < beginMs) return error(`${what} is not valid before ${notBefore}; check the clocks`);
  const lifeMs = endMs - beginMs;
  if (endMs - atMs >= Math.min(soonMs, lifeMs / (lifeMs < shortLifeMs ? 30 : 3))) return undefined;
  return warning(`${what} ends on ${notAfter}; ${cure}`);
}
