import type { RotationAnchors } from '../../domain/anchors.ts';
import type { Inventory, InventoryWorkload } from '../../domain/inventory.ts';
import type { PlanInputs } from '../../domain/plan.ts';
import { defaultRestartLimits, defaultTimings } from '../../domain/rotation-request.ts';
import {
  anchorA,
  anchorB,
  bundle,
  deployment,
  issuer,
  signer,
  survey,
  uniform,
} from './survey-builder.ts';

/** A mesh for which a plan has nothing to complain about; `more` says what is different. */
export function inventory(more: Partial<Inventory> = {}): Inventory {
  return {
    workloads: [workload('web'), workload('db')],
    trustDomain: 'cluster.local',
    leafLifetimeMs: 24 * 60 * 60_000,
    clockLagMs: 0,
    certManager: { canDisableRenewal: true },
    anchor: {
      rotationPolicy: 'Always',
      renewalDisabled: false,
      hasKey: true,
      previousHasKey: true,
      nextHasIntermediate: false,
    },
    issuer: { durationMs: 48 * 60 * 60_000, certificate: issuer('a').certificate },
    writesBundle: false,
    obstacles: [],
    ...more,
  };
}

export function workload(name: string, more: Partial<InventoryWorkload> = {}): InventoryWorkload {
  return { workload: deployment('shop', name), proxies: 2, controlPlane: false, ...more };
}

export const bothAnchors: RotationAnchors = {
  a: { certificate: anchorA, pem: 'pem of A' },
  b: { certificate: anchorB, pem: 'pem of B' },
};

export const plainRequest: PlanInputs['request'] = {
  method: 'auto',
  pace: 'steady',
  restarts: defaultRestartLimits,
  timings: defaultTimings,
  exceptions: [],
};

export function planInputs(more: Partial<PlanInputs> = {}): PlanInputs {
  return {
    survey: survey(),
    inventory: inventory(),
    anchors: { a: { certificate: anchorA, pem: 'pem of A' } },
    request: plainRequest,
    ...more,
  };
}

/** The anchor was renewed under the pin: both are in the bundle. */
export function halfway(more: Partial<PlanInputs> = {}): PlanInputs {
  const mesh = uniform('A', 'a', { signer: signer('previous-anchor'), bundle: bundle('A,B') });
  return planInputs({ survey: mesh, anchors: bothAnchors, ...more });
}
