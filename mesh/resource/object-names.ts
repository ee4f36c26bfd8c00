import { z } from 'zod';

const name = z.string().min(1);

/** Names of the mesh's objects where they are not the documented ones, as people give them. */
export const objectNames = z
  .object({
    trustNamespace: name,
    linkerdNamespace: name,
    trustAnchor: name,
    previousAnchor: name,
    identityIssuer: name,
    clusterIssuer: name,
    bundle: name,
    bundleKey: name,
    bridge: name,
    probe: name,
    nextAnchor: name,
    bridgeRequest: name,
    lease: name,
  })
  .partial();

/** Without the fields that were left out: they would hide the documented names. */
export function defined<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const kept = Object.entries(given).filter(([, value]) => value !== undefined);
  // Sound: every field is kept with its value or left out.
  return Object.fromEntries(kept) as { [K in keyof T]: Exclude<T[K], undefined> };
}
