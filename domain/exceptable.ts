/** Objects that rotations are made of: without them there is nothing to rotate. */
const ownObjects = ['Secret', 'ConfigMap', 'Certificate', 'Bundle', 'Lease'];

/**
 * Whether surveys leave out what goes by this name: `pod shop/web-1`, `Deployment shop/web`,
 * `Link multicluster/west`. A replica of the control plane, the bundle or the issuer cannot be done without.
 */
export function isExceptable(name: string): boolean {
  const [, kind] = /^([A-Za-z]+) [^\s/]+\/[^\s/]+$/.exec(name) ?? [];
  return kind !== undefined && !ownObjects.includes(kind);
}
