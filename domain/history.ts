import type { VerifiesUnder } from './trust.ts';

/**
 * What a process read at its start cannot be asked later; what the cluster offered then can be
 * remembered. Both histories are short: they grow with mutations, not with time or pods.
 */

/** A set of anchors that the bundle held from `since` on, until the next entry begins. */
export interface BundleEpoch {
  /** Sorted. */
  readonly fingerprints: readonly string[];
  /** ISO 8601 in UTC. */
  readonly since: string;
}

/** An issuer that has been in the Secret: recognised again by its end, which identity's metric tells. */
export interface IssuerEpoch {
  readonly fingerprint: string;
  readonly notAfter: string;
  readonly under: VerifiesUnder;
}

/** Adds the epoch that is seen now, if it differs from the last one. */
export function rememberBundle(
  history: readonly BundleEpoch[],
  seen: BundleEpoch,
): readonly BundleEpoch[] {
  const last = history.at(-1);
  if (last !== undefined && last.fingerprints.join() === seen.fingerprints.join()) return history;
  return [...history, seen];
}

export function rememberIssuer(
  history: readonly IssuerEpoch[],
  seen: IssuerEpoch,
): readonly IssuerEpoch[] {
  const others = history.filter(({ fingerprint }) => fingerprint !== seen.fingerprint);
  return [...others, seen].slice(-maxRememberedIssuers);
}

/** An automatic renewal a day adds one each; older ones have long left every replica's memory. */
const maxRememberedIssuers = 20;

/**
 * The anchors that a process read from a mounted bundle when its container started at `startedAt`:
 * known only if the bundle had not changed for `settleMs` before.
 */
export function bundleAtStart(
  history: readonly BundleEpoch[],
  startedAt: string,
  settleMs: number,
): readonly string[] | undefined {
  const startMs = Date.parse(startedAt);
  const epoch = history.findLast(({ since }) => Date.parse(since) <= startMs);
  if (epoch === undefined || startMs - Date.parse(epoch.since) < settleMs) return undefined;
  return epoch.fingerprints;
}
