import type { Laggard } from '../domain/convergence.ts';
import type { MeshObjects } from '../domain/objects.ts';
import type { AnchorFacts } from './anchors.ts';
import { hasIntermediate } from './anchors.ts';
import type { BundleState } from './bundle-keeper.ts';
import type { LabelSelector } from './label-selector.ts';
import { selects } from './label-selector.ts';

/** Where trust-manager takes certificates from: one Secret, or those that a label chooses. */
export interface BundleSecret {
  readonly name?: string;
  /** In place of a name. */
  readonly selector?: LabelSelector;
  /** Absent: every key of it. */
  readonly key?: string;
}

/**
 * What a rotation writes into a Secret that is no source would never reach the bundle, and one that labels
 * choose leaves it with its labels. A copy that a rotation has to make bears none.
 */
export function missingSources(
  { bundle }: BundleState,
  objects: MeshObjects,
  { anchor, previous }: AnchorsOfSources,
): Laggard[] {
  const { sourceSecrets } = bundle ?? {};
  if (sourceSecrets === undefined) return [];
  const isSource = (secret: string, labels: AnchorFacts['labels']): boolean =>
    sourceSecrets.some(
      ({ name, selector }) =>
        name === secret || (selector !== undefined && selects(selector, labels)),
    );
  const wanted = [
    [objects.trustAnchor, anchor.labels],
    [objects.previousAnchor, previous?.labels ?? {}],
  ] as const;
  return wanted
    .filter(([name, labels]) => !isSource(name, labels))
    .map(([name]) => ({
      what: `Bundle ${objects.bundle}`,
      reason: `takes nothing from Secret ${objects.trustNamespace}/${name}`,
      remedy:
        "make it a source by its name, as Linkerd's guide says, or give the name that it has here",
    }));
}

/** The two that a rotation keeps anchors in; the second may not be there yet. */
interface AnchorsOfSources {
  readonly anchor: AnchorFacts;
  readonly previous?: AnchorFacts | undefined;
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
