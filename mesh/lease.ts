import { z } from 'zod';
import type { MeshObjects } from '../domain/objects.ts';
import { isConflict } from './kubernetes/errors.ts';
import type { Kube } from './kubernetes/kube.ts';
import type { ObjectRef } from './kubernetes/resources.ts';
import { resources } from './kubernetes/resources.ts';

const leaseObject = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z.object({
    holderIdentity: z.string().nullish(),
    leaseDurationSeconds: z.number().nullish(),
    renewTime: z.string().nullish(),
    leaseTransitions: z.number().nullish(),
  }),
});
type LeaseObject = z.infer<typeof leaseObject>;

export interface LeaseHolder {
  readonly holder: string;
  /** ISO 8601 in UTC; after it anyone may take the Lease. */
  readonly expiresAt: string;
}

export type LeaseResult =
  | { readonly acquired: true; readonly expiresAt: string }
  | ({ readonly acquired: false } & LeaseHolder);

/**
 * Takes or renews the Lease that keeps a second engine out of the cluster. The API server's clock
 * decides about expiry, so engines with different clocks agree. Losing a race counts as not acquired.
 */
export async function acquireLease(
  kube: Kube,
  objects: MeshObjects,
  wanted: { readonly holder: string; readonly durationMs: number },
): Promise<LeaseResult> {
  const ref = leaseRef(objects);
  const [{ serverMs }, lease] = await Promise.all([kube.serverTime(), kube.get(ref, leaseObject)]);
  const current = lease === undefined ? undefined : holderOf(lease);
  const free =
    current === undefined ||
    current.holder === wanted.holder ||
    Date.parse(current.expiresAt) <= serverMs;
  if (!free) return { acquired: false, ...current };

  try {
    await write(kube, ref, {
      ...wanted,
      lease,
      takenOver: current?.holder !== wanted.holder,
      serverMs,
    });
    const expiresAt = new Date(serverMs + wanted.durationMs).toISOString();
    return { acquired: true, expiresAt };
  } catch (error) {
    if (!isConflict(error)) throw error;
    const winner = await readLease(kube, objects);
    if (winner === undefined || winner.holder === wanted.holder) throw error;
    return { acquired: false, ...winner };
  }
}

/** Gives the Lease up; a Lease that someone else holds is left alone. */
export async function releaseLease(
  kube: Kube,
  objects: MeshObjects,
  holder: string,
): Promise<{ readonly released: boolean }> {
  const ref = leaseRef(objects);
  const lease = await kube.get(ref, leaseObject);
  if (lease?.spec.holderIdentity !== holder) return { released: false };
  const { resourceVersion } = lease.metadata;
  await kube.patch(ref, { metadata: { resourceVersion }, spec: { holderIdentity: null } }, 'merge');
  return { released: true };
}

/** Who holds the Lease, expired or not; `undefined` when nobody does. */
export async function readLease(
  kube: Kube,
  objects: MeshObjects,
): Promise<LeaseHolder | undefined> {
  const lease = await kube.get(leaseRef(objects), leaseObject);
  return lease === undefined ? undefined : holderOf(lease);
}

async function write(
  kube: Kube,
  ref: ObjectRef,
  options: {
    readonly holder: string;
    readonly durationMs: number;
    readonly lease: LeaseObject | undefined;
    readonly takenOver: boolean;
    readonly serverMs: number;
  },
): Promise<void> {
  const { lease, takenOver } = options;
  const now = microTime(options.serverMs);
  const transitions = lease?.spec.leaseTransitions ?? 0;
  const spec = {
    holderIdentity: options.holder,
    leaseDurationSeconds: Math.ceil(options.durationMs / 1000),
    renewTime: now,
    ...(takenOver
      ? { acquireTime: now, leaseTransitions: lease === undefined ? 0 : transitions + 1 }
      : {}),
  };
  if (lease === undefined) {
    await kube.create(ref, { spec });
    return;
  }
  const { resourceVersion } = lease.metadata;
  await kube.patch(ref, { metadata: { resourceVersion }, spec }, 'merge');
}

function holderOf({ spec }: LeaseObject): LeaseHolder | undefined {
  const { holderIdentity: holder, renewTime, leaseDurationSeconds } = spec;
  if (!holder) return undefined;
  const expiresMs = Date.parse(renewTime ?? '') + (leaseDurationSeconds ?? 0) * 1000;
  // A Lease without a time never was renewed: it binds nobody.
  return { holder, expiresAt: new Date(Number.isNaN(expiresMs) ? 0 : expiresMs).toISOString() };
}

export function leaseRef(objects: MeshObjects): ObjectRef {
  return { type: resources.leases, namespace: objects.linkerdNamespace, name: objects.lease };
}

/** Kubernetes' MicroTime wants exactly six decimals. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
