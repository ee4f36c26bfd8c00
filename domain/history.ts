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

/**
 * Adds the epoch that is seen now, if it differs from the last one. One that was written again since may
 * have been another in between, which a process that started then has read: all before it is forgotten.
 */
export function rememberBundle(
  history: readonly BundleEpoch[],
  seen: BundleEpoch,
): readonly BundleEpoch[] {
  const last = history.at(-1);
  if (last?.fingerprints.join() !== seen.fingerprints.join()) return [...history, seen];
  return Date.parse(seen.since) > Date.parse(last.since) ? [seen] : history;
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
 * The bundles that a process may have read from its mount when its container started at `startedAt`:
 * one if the bundle had not changed for `settleMs` before, several if it had, `undefined` if it is not
 * remembered what it was then.
 */
export function bundlesAtStart(
  history: readonly BundleEpoch[],
  startedAt: string,
  settleMs: number,
): readonly (readonly string[])[] | undefined {
  const startMs = Date.parse(startedAt);
  const begun = history.filter(({ since }) => Date.parse(since) <= startMs);
  const settled = begun.findLastIndex(({ since }) => startMs - Date.parse(since) >= settleMs);
  if (settled === -1) return undefined;
  return begun.slice(settled).map(({ fingerprints }) => fingerprints);
}
