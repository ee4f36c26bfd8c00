import { nextAttempt } from './renewed-anchor.ts';
import type { RenewedAnchor } from './renewed-anchor.ts';
import { isEarlierAttempt, renewedTrigger } from './renewed-trigger.ts';
import type { RotationSpec } from './rotation-resource.ts';

/** What became of one trigger value; kept in the status, so that a value starts a rotation once. */
export interface TriggerRecord {
  readonly value: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** `Starting` is written before the start, and settled by whoever finds it. */
  readonly outcome: 'Starting' | 'Started' | 'Refused';
  /** Fingerprint of the anchor that was in use when the start was decided. */
  readonly replaces?: string;
  readonly message?: string;
}

export interface TriggerQuestion {
  readonly spec: Pick<RotationSpec, 'trigger' | 'suspend' | 'onAnchorRenewed'>;
  readonly isDeleting: boolean;
  readonly records: readonly TriggerRecord[];
  readonly engine: EngineSight;
  readonly renewedAnchor?: RenewedAnchor;
  readonly nowMs: number;
}

/** As much of Temporal's answer as decides about a start. */
export type EngineSight =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly trigger?: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

export type TriggerDecision =
  | { readonly kind: 'nothing' }
  /** `record` is there when an earlier attempt has got as far as writing it. */
  | { readonly kind: 'start'; readonly trigger: string; readonly record?: TriggerRecord }
  | { readonly kind: 'wait'; readonly because: string }
  | { readonly kind: 'refuse'; readonly trigger: string; readonly because: string };

const nothing = { kind: 'nothing' } as const;

/** Whether a rotation is to be started now; a person's trigger comes before a renewed anchor. */
export function decideTrigger(question: TriggerQuestion): TriggerDecision {
  if (question.isDeleting) return nothing;
  const { trigger, onAnchorRenewed } = question.spec;
  const asked = trigger === undefined ? nothing : decideOn(trigger, question);
  if (asked.kind !== 'nothing') return asked;
  const { renewedAnchor } = question;
  if (renewedAnchor === undefined || onAnchorRenewed === 'report') return nothing;
  // A rotation that runs adopts the anchor itself, or stops at the foreign hand.
  if (question.engine.kind === 'running') return nothing;
  return decideOnRenewed(renewedAnchor, question);
}

/** Until the signer is pinned the anchor is not safe where it is: what did not start is tried again. */
function decideOnRenewed(anchor: RenewedAnchor, question: TriggerQuestion): TriggerDecision {
  const attempt = nextAttempt(anchor, question.records);
  if (attempt === undefined) return nothing;
  const { number, dueMs = -Infinity } = attempt;
  if (question.nowMs < dueMs) {
    const reason = anchor.missed?.reason ?? 'the last one did not start';
    return {
      kind: 'wait',
      because: `a rotation for the renewed anchor is tried again at ${new Date(dueMs).toISOString()}: ${reason}`,
    };
  }
  return decideOn(renewedTrigger(anchor.fingerprint, number), question);
}

function decideOn(trigger: string, question: TriggerQuestion): TriggerDecision {
  const { engine, spec, records } = question;
  const record = records.find(({ value }) => value === trigger);
  if (record !== undefined && record.outcome !== 'Starting') return nothing;
  if (engine.kind === 'unreachable') {
    return { kind: 'wait', because: `trigger ${trigger} waits for Temporal: ${engine.reason}` };
  }
  if (engine.kind === 'running' && engine.trigger !== trigger) {
    return {
      kind: 'refuse',
      trigger,
      because: `a rotation was running when trigger ${trigger} was set; set another value once it has ended`,
    };
  }
  if (spec.suspend && record === undefined) {
    return { kind: 'wait', because: `trigger ${trigger} waits until spec.suspend is false` };
  }
  return { kind: 'start', trigger, ...(record === undefined ? {} : { record }) };
}

/** A value a week for twenty years, in less than an eighth of what an object may weigh in etcd. */
const maxRecords = 1_000;
/** The latest are told in full; of those before it is enough that they were used. */
const maxDetailed = 50;

/** The records with this one in place of an earlier one of its value, or of an attempt before it. */
export function withTrigger(
  records: readonly TriggerRecord[],
  record: TriggerRecord,
): readonly TriggerRecord[] {
  const others = records.filter(
    ({ value }) => value !== record.value && !isEarlierAttempt(value, record.value),
  );
  const all = [...others, record].slice(-maxRecords);
  return [...all.slice(0, -maxDetailed).map(inBrief), ...all.slice(-maxDetailed)];
}

function inBrief(record: TriggerRecord): TriggerRecord {
  const { value, at, outcome } = record;
  return outcome === 'Starting' ? record : { value, at, outcome };
}
