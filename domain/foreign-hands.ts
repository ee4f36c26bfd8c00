import type { Laggard } from './convergence.ts';
import { shortFingerprint } from './certificate.ts';
import type { SignerSource } from './survey.ts';
import type { ObjectFingerprints } from './survey-summary.ts';

/**
 * What the rotation left behind in the cluster, as far as it is the only one who should write it.
 * The issuer is not part of it: cert-manager renews it by itself, under the signer that is.
 */
export interface RecordedObjects {
  readonly trustAnchor: string;
  readonly previousAnchor?: string;
  readonly signer: SignerSource;
  /** Absent while trust-manager is expected to follow a change of its sources; else what it held last. */
  readonly bundle?: readonly string[];
}

export function record(
  objects: ObjectFingerprints,
): RecordedObjects & Required<Pick<RecordedObjects, 'bundle'>> {
  const { trustAnchor, previousAnchor, signer, bundle } = objects;
  return {
    trustAnchor,
    signer,
    bundle,
    ...(previousAnchor === undefined ? {} : { previousAnchor }),
  };
}

/** Whether trust-manager has still to bring in what the anchor Secrets hold: no other hand's doing. */
export function isBundleBehind(objects: ObjectFingerprints): boolean {
  return bundleSources(objects).some((anchor) => !objects.bundle.includes(anchor));
}

/** What the two anchor Secrets hold, and a bundle of the guide with them; sorted fingerprints. */
export function bundleSources({
  trustAnchor,
  previousAnchor = trustAnchor,
}: Pick<RecordedObjects, 'trustAnchor' | 'previousAnchor'>): readonly string[] {
  return [...new Set([trustAnchor, previousAnchor])].toSorted();
}

/**
 * Differences between what was recorded and what is observed: changes that the rotation did not make.
 * Any of them stops all mutations until it is undone, or until a person resumes with what is there.
 */
export function foreignHands(
  recorded: RecordedObjects,
  observed: ReturnType<typeof record>,
): readonly Laggard[] {
  const remedy =
    'find who writes it; put it back, or resume the rotation to go on from what is there now';
  const differences = [
    changed('trust anchor Secret', [recorded.trustAnchor], [observed.trustAnchor]),
    changed('previous-anchor Secret', inSecret(recorded), inSecret(observed)),
    recorded.signer === observed.signer
      ? undefined
      : {
          what: 'signer of the ClusterIssuer',
          reason: `was ${recorded.signer}, is ${observed.signer}`,
        },
    recorded.bundle === undefined
      ? undefined
      : changed('trust bundle', recorded.bundle, observed.bundle),
  ];
  return differences
    .filter((difference) => difference !== undefined)
    .map((difference) => ({ ...difference, remedy }));
}

/**
 * Whether what is left to do is another thing than before: the anchors or the signer are not those
 * that it was planned for. Of the bundle that can be said only where the rotation writes it
 * (`ownsBundle`); trust-manager puts right by itself what its sources do not say.
 */
export function changesPlan(
  recorded: RecordedObjects | undefined,
  observed: ObjectFingerprints,
  { ownsBundle }: { readonly ownsBundle: boolean },
): boolean {
  return (
    recorded?.trustAnchor !== observed.trustAnchor ||
    recorded.previousAnchor !== observed.previousAnchor ||
    recorded.signer !== observed.signer ||
    (ownsBundle && recorded.bundle?.join() !== observed.bundle.join())
  );
}

function inSecret({ previousAnchor }: RecordedObjects): readonly string[] {
  return previousAnchor === undefined ? [] : [previousAnchor];
}

function changed(
  what: string,
  before: readonly string[],
  now: readonly string[],
): Omit<Laggard, 'remedy'> | undefined {
  if (before.join() === now.join()) return undefined;
  return { what, reason: `held ${describe(before)}, holds ${describe(now)}` };
}

function describe(fingerprints: readonly string[]): string {
  return fingerprints.length === 0 ? 'nothing' : fingerprints.map(shortFingerprint).join('+');
}
