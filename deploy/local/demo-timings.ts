import type { Timings } from '../../domain/rotation-request.ts';

/** Leaves live 24 h in Linkerd; the demo brings that forward. Nothing else about them is different. */
export const demoLeafLifetimeMs = 30_000;

/** What takes minutes in a real cluster takes seconds here: kubelet, cert-manager, rollouts. */
export const demoTimings: Timings = {
  pollMs: 400,
  settleMs: 3_000,
  certificateAgeMs: 2_000,
  issuanceTimeoutMs: 30_000,
  rolloutTimeoutMs: 90_000,
  issuerReloadTimeoutMs: 15_000,
  gatePatienceMs: 45_000,
  probeTimeoutMs: 5_000,
  deadlineMarginMs: 60_000,
  naturalChurnMs: 25_000,
};

export const demoWaveSize = 5;

/** Longer than the settle time, so that it is known what linkerd-identity read at its start. */
export const demoBundleAgeMs = demoTimings.settleMs + 1_500;

/** As the client takes them: `--timing key=duration` for each. */
export function timingFlags(timings: Timings): readonly string[] {
  return Object.entries(timings).flatMap(([key, ms]) => ['--timing', `${key}=${String(ms)}ms`]);
}
