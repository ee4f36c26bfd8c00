import { z } from 'zod';
import { ForbiddenError } from '../kubernetes/errors.ts';
import type { Kube } from '../kubernetes/kube.ts';
import { resources } from '../kubernetes/resources.ts';

const heartbeat = z.object({
  metadata: z.object({
    name: z.string(),
    managedFields: z.array(z.object({ time: z.string().optional() })).default([]),
  }),
  spec: z.object({ renewTime: z.string().optional() }).default({}),
});

/** Where kubelets renew one Lease a node, about every ten seconds. */
const heartbeatNamespace = 'kube-node-lease';

/**
 * How far the slowest node clock lies behind the API server's, milliseconds, at least 0. A heartbeat
 * carries both: `renewTime` is the node's clock, the time in `managedFields` the API server's at that
 * same write (whole seconds, so a second too little is possible, never too much).
 */
export async function measureClockLag(kube: Kube): Promise<number> {
  const heartbeats = await listHeartbeats(kube);
  const lags = heartbeats.map(({ metadata, spec }) => {
    const writtenMs = Math.max(...metadata.managedFields.map(({ time }) => Date.parse(time ?? '')));
    const lagMs = writtenMs - Date.parse(spec.renewTime ?? '');
    return Number.isFinite(lagMs) ? lagMs : 0;
  });
  return Math.max(0, ...lags);
}

async function listHeartbeats(kube: Kube): Promise<z.infer<typeof heartbeat>[]> {
  try {
    return await kube.list(resources.leases, heartbeat, { namespace: heartbeatNamespace });
  } catch (error) {
    // The missing right is reported as an obstacle of its own, beside all others.
    if (error instanceof ForbiddenError) return [];
    throw error;
  }
}
