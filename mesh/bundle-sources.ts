import type { Laggard } from '../domain/convergence.ts';
import type { MeshObjects } from '../domain/objects.ts';
import type { AnchorFacts } from './anchors.ts';
import { hasIntermediate } from './anchors.ts';
import type { BundleState } from './bundle-keeper.ts';

/** Where trust-manager takes certificates from: one Secret, or those that a label chooses. */
export interface BundleSecret {
  /** Absent: chosen by labels. */
  readonly name?: string;
  /** Absent: every key of it. */
  readonly key?: string;
}

/** What a rotation writes into a Secret that is no source would never reach the bundle. */
export function missingSources({ bundle }: BundleState, objects: MeshObjects): Laggard[] {
  const { sourceSecrets } = bundle ?? {};
  if (sourceSecrets?.every(({ name }) => name !== undefined) !== true) return [];
  return anchorSecrets(objects)
    .filter((wanted) => !sourceSecrets.some(({ name }) => name === wanted))
    .map((name) => ({
      what: `Bundle ${objects.bundle}`,
      reason: `takes nothing from Secret ${objects.trustNamespace}/${name}`,
      remedy: "make it a source as Linkerd's guide says, or give the name that it has here",
    }));
}

/**
 * Where an intermediate signs for one of these anchors, `tls.crt` is that intermediate: proxies would be
 * given it in place of the anchor. Both Secrets count, as every anchor ends up in both.
 */
export function signersInBundle(
  { bundle }: BundleState,
  objects: MeshObjects,
  anchors: readonly (AnchorFacts | undefined)[],
): Laggard[] {
  const found = anchors.find((anchor) => anchor !== undefined && hasIntermediate(anchor));
  if (found === undefined) return [];
  const own = anchorSecrets(objects);
  return (bundle?.sourceSecrets ?? [])
    .filter(({ name, key }) => key !== 'ca.crt' && (name === undefined || own.includes(name)))
    .map(({ name, key }) => ({
      what: `Bundle ${objects.bundle}`,
      reason: `takes ${key ?? 'every key'} of ${name === undefined ? 'the Secrets that it selects' : `Secret ${objects.trustNamespace}/${name}`}, but what lies in tls.crt of ${found.certificate.subject} is the intermediate CA ${found.signer.subject}, which is no trust anchor`,
      remedy: `let its sources ${own.join(' and ')} have key: ca.crt`,
    }));
}

function anchorSecrets({ trustAnchor, previousAnchor }: MeshObjects): readonly string[] {
  return [trustAnchor, previousAnchor];
}
