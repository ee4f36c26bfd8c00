import type { Verdict } from './conditions.ts';

const dayMs = 86_400_000;

/** Whether the anchor in use ends soon, by the owner's own measure. */
export function anchorExpiry(
  { notAfter }: { readonly notAfter: string },
  { warnBeforeExpiryMs, nowMs }: { readonly warnBeforeExpiryMs: number; readonly nowMs: number },
): Verdict {
  const leftMs = Date.parse(notAfter) - nowMs;
  const type = 'AnchorExpiringSoon';
  if (leftMs <= 0) {
    return {
      type,
      status: 'True',
      reason: 'Expired',
      message: `the trust anchor ended at ${notAfter}: linkerd-identity issues nothing more`,
    };
  }
  const left = `the trust anchor ends at ${notAfter}, in ${String(Math.floor(leftMs / dayMs))} days`;
  return leftMs <= warnBeforeExpiryMs
    ? { type, status: 'True', reason: 'ExpiresSoon', message: `${left}: rotate it` }
    : { type, status: 'False', reason: 'InDate', message: left };
}
