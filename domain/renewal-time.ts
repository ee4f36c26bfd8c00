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
 * (cert-manager `pkg/util/pki/renewaltime.go`).
 * @returns Unix milliseconds
 */
export function renewalTimeMs(settings: RenewalSettings): number {
  const { notBeforeMs, notAfterMs, renewBeforeMs, renewBeforePercentage } = settings;
  const lifeMs = notAfterMs - notBeforeMs;
  const share = (renewBeforePercentage ?? defaultPercentage) / 100;
  const fits = renewBeforeMs !== undefined && renewBeforeMs > 0 && renewBeforeMs < lifeMs;
  return notAfterMs - (fits ? renewBeforeMs : share * lifeMs);
}
