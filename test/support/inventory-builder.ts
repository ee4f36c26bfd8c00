import type { Inventory } from '../../domain/inventory.ts';
import { deployment, identityWorkload } from './survey-builder.ts';
import { issuer } from './survey-builder.ts';

/** The settings of a mesh that is set up as the guide says; `more` says what is different. */
export function inventory(more: Partial<Inventory> = {}): Inventory {
  return {
    workloads: [
      { workload: deployment('shop', 'web'), proxies: 2, controlPlane: false },
      { workload: deployment('shop', 'db'), proxies: 2, controlPlane: false },
      { workload: identityWorkload, proxies: 2, controlPlane: true },
    ],
    trustDomain: 'cluster.local',
    leafLifetimeMs: 86_400_000,
    clockLagMs: 0,
    certManager: { canDisableRenewal: true },
    anchor: {
      rotationPolicy: 'Always',
      renewalDisabled: false,
      hasKey: true,
      previousHasKey: true,
    },
    issuer: { durationMs: 172_800_000, certificate: issuer('a').certificate },
    obstacles: [],
    ...more,
  };
}
