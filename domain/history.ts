import type { VerifiesUnder } from './trust.ts';

/**
 * What a process read at its start cannot be asked later; what the cluster offered then can be
 * remembered. Both histories are short: they grow with mutations, not with time or pods.
 */

/** A set of anchors that the bundle held from `since` on, and certainly until it was last seen. */
export interface BundleEpoch {
  /** Sorted. */
  readonly fingerprints: readonly string[];
  /** When it was written, by the server's record; ISO 8601 in UTC. */
  readonly since: string;
  /** Between this and `since` of the next entry nobody knows what lay there. ISO 8601 in UTC. */
  readonly seenAt: string;
}

/** An issuer that has been in the Secret: recognised again by its end, which identity's metric tells. */
export interface IssuerEpoch {
  readonly fingerprint: string;
  readonly notAfter: string;
  readonly under: VerifiesUnder;
}

/**
 * Adds what is seen now, if it was written since the last look. The same anchors written again are
 * another epoch: what lay between may have been others, put back before anybody looked.
 */
export function rememberBundle(
  history: readonly BundleEpoch[],
  seen: BundleEpoch,
): readonly BundleEpoch[] {
  const last = history.at(-1);
  const isWritten = last === undefined || Date.parse(last.since) < Date.parse(seen.since);
  if (isWritten) return [...history, seen].slice(-maxRememberedBundles);
  if (last.fingerprints.join() === seen.fingerprints.join()) {
    return [...history.slice(0, -1), { ...last, seenAt: seen.seenAt }];
  }
  // The server's record has whole seconds, or does not have the write: it came before this look.
  return [...history, { ...seen, since: seen.seenAt }].slice(-maxRememberedBundles);
}

/** A rotation writes it four times; of a process older than all that is remembered nothing is known. */
const maxRememberedBundles = 20;

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
 * The bundle that a process read from its mount when its container started at `startedAt`, if that had
 * not changed for `settleMs` before and was watched until after; else `undefined`: not certain.
 */
export function bundleAtStart(
  history: readonly BundleEpoch[],
  startedAt: string,
  settleMs: number,
): readonly string[] | undefined {
  const startMs = Date.parse(startedAt);
  const settledSince = startMs - settleMs;
  const epoch = history.findLast(({ since }) => Date.parse(since) <= settledSince);
  if (epoch === undefined) return undefined;
  // A node's clock and the length of a survey are inexact by less than it takes a mount to settle.
  const isWatched = epoch === history.at(-1) || startMs + settleMs <= Date.parse(epoch.seenAt);
  return isWatched ? epoch.fingerprints : undefined;
}
