import type { PastRotation } from './past-rotation.ts';
import { attemptOf } from './renewed-trigger.ts';
import type { RestSight } from './rest-status.ts';
import type { TriggerRecord } from './trigger-decision.ts';

/** An anchor that somebody has renewed and that no rotation has taken up. */
export interface RenewedAnchor {
  readonly fingerprint: string;
  /** Whether the issuer's next renewal is signed by it, ready or not. */
  readonly isSigning: boolean;
  /** The last rotation that was to take it up, and was not started because something stood in the way. */
  readonly missed?: PastRotation;
}

export function renewedAnchorIn(
  sight: RestSight,
  rotations: readonly PastRotation[],
): RenewedAnchor | undefined {
  if (sight.kind === 'failed' || sight.anchors.b === undefined) return undefined;
  const { fingerprint } = sight.anchors.b.certificate;
  const tried = rotations.filter(({ newAnchor }) => newAnchor === fingerprint);
  if (tried.some(({ outcome }) => outcome !== 'not-started')) return undefined;
  const [missed] = tried;
  return {
    fingerprint,
    isSigning: sight.objects.signer.source === 'trust-anchor',
    ...(missed === undefined ? {} : { missed }),
  };
}

/** The attempt that is due, or will be. */
export interface Attempt {
  readonly number: number;
  /** Unix milliseconds; absent for the first, which nothing has to wait for. */
  readonly dueMs?: number;
}

/** The pause grows from the first to the last: cert-manager renews the issuer within 23 h. */
const shortestPauseMs = 300_000;
const longestPauseMs = 3_600_000;

/** Which attempt to take the anchor up comes next; `undefined` where there was one that is not to be repeated. */
export function nextAttempt(
  { fingerprint, isSigning, missed }: RenewedAnchor,
  records: readonly TriggerRecord[],
): Attempt | undefined {
  const last = lastAttempt(fingerprint, records);
  if (last?.record.outcome === 'Starting') return { number: last.number };
  if (missed === undefined) return last === undefined ? { number: 1 } : undefined;
  if (!isSigning || !isAnswered(missed, last?.record)) return undefined;
  const made = last?.number ?? 0;
  const pauseMs = Math.min(shortestPauseMs * 2 ** Math.max(made - 1, 0), longestPauseMs);
  return { number: made + 1, dueMs: Date.parse(missed.endedAt) + pauseMs };
}

function lastAttempt(
  fingerprint: string,
  records: readonly TriggerRecord[],
): { readonly number: number; readonly record: TriggerRecord } | undefined {
  return records
    .flatMap((record) => {
      const number = attemptOf(record.value, fingerprint);
      return number === undefined ? [] : [{ number, record }];
    })
    .toSorted((left, right) => right.number - left.number)[0];
}

/** Whether what was missed is the attempt of the record, or came after it: not one before, whose end is known sooner. */
function isAnswered(missed: PastRotation, record: TriggerRecord | undefined): boolean {
  if (record === undefined || missed.trigger === record.value) return true;
  return Date.parse(missed.endedAt) > Date.parse(record.at);
}
