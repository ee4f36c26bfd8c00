import type { Knowledge, Presented, VerifiesUnder } from '../../domain/trust.ts';
import { refusalsToKeep } from './limits.ts';

/** What one process has shown. The anchors it holds never change, so answers about them stay true. */
export interface ProcessEvidence {
  /** Answers to probes, by fingerprint of the anchor that the probe verifies under. */
  readonly holds: Answers;
  /** Answers to probes behind a bridge, by fingerprint of the bridge. */
  readonly acceptsBridge: Answers;
  /** The last leaf that was seen; replaced by the next. */
  presents?: SeenLeaf;
}

/** A leaf as it was judged. */
export interface JudgedLeaf {
  readonly presented: Presented;
  /** Unix milliseconds. */
  readonly notAfterMs: number;
  /** Fingerprints of A and B that it was judged under. */
  readonly judgedUnder: string;
}

/** A leaf and what signed when it was seen: whether it is still presented depends on it. */
export interface SeenLeaf extends JudgedLeaf {
  /** Its fingerprint: SHA-256 of the DER, in hex. */
  readonly leaf: string;
  readonly signers: Signers;
}

/** Who signs leaves at one time. */
export interface Signers {
  /** Fingerprint of the issuer in the Secret. */
  readonly inSecret: string;
  /** What the issuers of the identity replicas make. */
  readonly inUse: readonly VerifiesUnder[];
}

type Answers = Map<string, { readonly knowledge: 'yes' | 'no'; readonly times: number }>;

/** What all surveys of one worker know together. Lost with the worker: the next one asks again. */
export interface EvidenceStore {
  of(process: string): ProcessEvidence;
  /** Forgets processes that are gone, so that the store stays as large as the mesh. */
  keepOnly(processes: ReadonlySet<string>): void;
  readonly size: number;
}

export function createEvidenceStore(): EvidenceStore {
  const known = new Map<string, ProcessEvidence>();
  return {
    of: (process) => {
      const evidence = known.get(process) ?? { holds: new Map(), acceptsBridge: new Map() };
      known.set(process, evidence);
      return evidence;
    },
    keepOnly: (processes) => {
      for (const process of known.keys()) if (!processes.has(process)) known.delete(process);
    },
    get size() {
      return known.size;
    },
  };
}

export function recordAnswer(answers: Answers, about: string, knowledge: 'yes' | 'no'): void {
  const before = answers.get(about);
  const times = before?.knowledge === knowledge ? before.times + 1 : 1;
  answers.set(about, { knowledge, times });
}

export function answered(answers: Answers, about: string | undefined): Knowledge {
  if (about === undefined) return 'unknown';
  return answers.get(about)?.knowledge ?? 'unknown';
}

/**
 * A yes is proof. A connection can be cut for other reasons than trust, so a no needs another witness:
 * what the process was started with (`isExpected`), or one more refusal in a later survey.
 */
export function isSettled(
  answers: Answers,
  about: string,
  { isExpected }: { readonly isExpected: boolean },
): boolean {
  const answer = answers.get(about);
  if (answer === undefined) return false;
  return answer.knowledge === 'yes' || isExpected || answer.times >= refusalsToKeep;
}

/**
 * Whether a proxy still presents what it was seen presenting: its leaf lives, and from then till now
 * every issuer made such leaves and no other, so a refresh meanwhile changed nothing that matters. No
 * issuer comes back once it was replaced: the same one in the Secret means that none was in between.
 */
export function stillPresents(
  seen: SeenLeaf | undefined,
  now: { readonly atMs: number; readonly judgedUnder: string; readonly signers: Signers },
): seen is SeenLeaf {
  if (seen?.presented.leaf !== 'valid') return false;
  if (seen.judgedUnder !== now.judgedUnder || seen.notAfterMs <= now.atMs) return false;
  if (seen.signers.inSecret !== now.signers.inSecret) return false;
  return makeOnly(seen.signers, seen.presented) && makeOnly(now.signers, seen.presented);
}

function makeOnly({ inUse }: Signers, kind: VerifiesUnder): boolean {
  return inUse.length > 0 && inUse.every(({ a, b }) => a === kind.a && b === kind.b);
}
