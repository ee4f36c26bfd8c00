import { documentedObjects } from '../../../domain/objects.ts';
import type { RotationRequest, Timings } from '../../../domain/rotation-request.ts';

/** Seconds instead of minutes: what a simulated cluster needs for the same steps. */
export const shortTimings: Timings = {
  pollMs: 400,
  settleMs: 2_000,
  certificateAgeMs: 500,
  issuanceTimeoutMs: 20_000,
  rolloutTimeoutMs: 8_000,
  issuerReloadTimeoutMs: 20_000,
  gatePatienceMs: 4_000,
  probeTimeoutMs: 3_000,
  deadlineMarginMs: 60_000,
  naturalChurnMs: 3_000,
};

/** What a scenario may ask for; everything else is the same in all. */
export type Wishes = Partial<
  Pick<
    RotationRequest,
    'method' | 'pace' | 'approvals' | 'exceptions' | 'replaces' | 'objects' | 'sources'
  >
> & { readonly timings?: Partial<Timings> };

export const bothAutomatic: RotationRequest['approvals'] = {
  'switch-issuer': 'automatic',
  'retire-anchor': 'automatic',
};
export const bothRequired: RotationRequest['approvals'] = {
  'switch-issuer': 'required',
  'retire-anchor': 'required',
};

export function rotationRequest(cluster: string, wishes: Wishes): RotationRequest {
  const { timings, ...wished } = wishes;
  return {
    cluster,
    clusterName: 'acceptance',
    requestedBy: 'the acceptance suite',
    replaces: '',
    planHash: '',
    method: 'auto',
    pace: 'steady',
    approvals: bothAutomatic,
    restarts: { waveSize: 6 },
    objects: documentedObjects,
    exceptions: [],
    ...wished,
    timings: { ...shortTimings, ...timings },
  };
}
