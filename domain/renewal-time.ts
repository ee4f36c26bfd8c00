/** What decides when cert-manager renews a Certificate by itself. */
export interface RenewalSettings {
  /** Of what is in the Secret; Unix milliseconds. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly renewBeforeMs?: number;
  /** Of its life, back from its end. */
  readonly renewBeforePercentage?: number;
}

const defaultPercentage = 100 / 3;

/**
 * When it falls due, counted back from the end; what does not fit into its life counts as not set
 * (cert-manager `pkg/util/pki/renewaltime.go`). Windows of `spec.renewal` put it off to the next one.
 * @returns Unix milliseconds
 */
export function renewalTimeMs(settings: RenewalSettings): number {
  const { notBeforeMs, notAfterMs, renewBeforeMs, renewBeforePercentage } = settings;
  const lifeMs = notAfterMs - notBeforeMs;
  const isShare = (percentage: number): boolean => percentage > 0 && percentage < 100;
  const share =
    renewBeforePercentage !== undefined && isShare(renewBeforePercentage)
      ? renewBeforePercentage
      : defaultPercentage;
  const fits = renewBeforeMs !== undefined && renewBeforeMs > 0 && renewBeforeMs < lifeMs;
  return notAfterMs - (fits ? renewBeforeMs : (share / 100) * lifeMs);
}
