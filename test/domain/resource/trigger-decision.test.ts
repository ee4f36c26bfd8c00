import assert from 'node:assert/strict';
import type { PastRotation } from '../../../domain/resource/past-rotation.ts';
import type { TriggerQuestion, TriggerRecord } from '../../../domain/resource/trigger-decision.ts';
import { renewedTrigger } from '../../../domain/resource/renewed-trigger.ts';
import { decideTrigger, withTrigger } from '../../../domain/resource/trigger-decision.ts';

const at = '2026-06-01T12:00:00.000Z';
const nowMs = Date.parse(at);
const renewedAnchor = { fingerprint: 'bb'.repeat(32), isSigning: true };
const started: TriggerRecord = { value: 'june', at, outcome: 'Started' };
const starting: TriggerRecord = { value: 'june', at, outcome: 'Starting', replaces: 'aa' };

function ask(more: {
  readonly spec?: Partial<TriggerQuestion['spec']>;
  readonly question?: Partial<Omit<TriggerQuestion, 'spec'>>;
}): ReturnType<typeof decideTrigger> {
  return decideTrigger({
    spec: { trigger: 'june', suspend: false, onAnchorRenewed: 'rotate', ...more.spec },
    isDeleting: false,
    records: [],
    engine: { kind: 'idle' },
    nowMs,
    ...more.question,
  });
}

describe('the decision about a trigger', () => {
  it('starts a rotation for a value that there has not been', () => {
    assert.deepEqual(ask({}), { kind: 'start', trigger: 'june' });
    assert.deepEqual(ask({ question: { records: [{ ...started, value: 'may' }] } }), {
      kind: 'start',
      trigger: 'june',
    });
  });

  it('does nothing without a value, and for one that has been answered', () => {
    const untriggered = decideTrigger({
      spec: { suspend: false, onAnchorRenewed: 'rotate' },
      isDeleting: false,
      records: [],
      engine: { kind: 'idle' },
      nowMs,
    });
    assert.equal(untriggered.kind, 'nothing');
    assert.equal(ask({ question: { records: [started] } }).kind, 'nothing');
    const refused: TriggerRecord = { ...started, outcome: 'Refused' };
    assert.equal(ask({ question: { records: [refused] } }).kind, 'nothing');
  });

  it('completes a start that was written down, also while suspended', () => {
    const decision = { kind: 'start', trigger: 'june', record: starting };
    const records = [starting];
    assert.deepEqual(ask({ question: { records } }), decision);
    assert.deepEqual(ask({ spec: { suspend: true }, question: { records } }), decision);
    const engine = { kind: 'running', trigger: 'june' } as const;
    assert.deepEqual(ask({ question: { records, engine } }), decision);
  });

  it('waits while Temporal is gone or the spec suspends', () => {
    const engine = { kind: 'unreachable', reason: 'connection refused' } as const;
    assert.deepEqual(ask({ question: { engine } }), {
      kind: 'wait',
      because: 'trigger june waits for Temporal: connection refused',
    });
    assert.deepEqual(ask({ spec: { suspend: true } }), {
      kind: 'wait',
      because: 'trigger june waits until spec.suspend is false',
    });
  });

  it('refuses a value that is set while another rotation runs', () => {
    for (const trigger of [undefined, 'may']) {
      const engine = { kind: 'running', ...(trigger && { trigger }) } as const;
      const decision = ask({ question: { engine } });
      assert.equal(decision.kind, 'refuse');
      assert.match(decision.because, /was running when trigger june was set; set another value/);
    }
  });

  it('starts nothing on a resource that is being deleted', () => {
    assert.equal(ask({ question: { isDeleting: true } }).kind, 'nothing');
  });

  it('adopts an anchor that was renewed by hand, once, where the policy says so', () => {
    const renewed = { renewedAnchor, records: [started] };
    const trigger = renewedTrigger(renewedAnchor.fingerprint);
    assert.deepEqual(ask({ question: renewed }), { kind: 'start', trigger });
    assert.equal(ask({ question: renewed, spec: { onAnchorRenewed: 'report' } }).kind, 'nothing');
    const records = [started, { ...started, value: trigger }];
    assert.equal(ask({ question: { ...renewed, records } }).kind, 'nothing');
    const engine = { kind: 'running', trigger: 'june' } as const;
    assert.equal(ask({ question: { ...renewed, engine } }).kind, 'nothing');
  });

  it('prefers what a person asks for to what it saw itself', () => {
    const decision = ask({ question: { renewedAnchor } });
    assert.deepEqual(decision, { kind: 'start', trigger: 'june' });
  });

  it('tries what did not start again, after a pause that it tells', () => {
    const first = renewedTrigger(renewedAnchor.fingerprint);
    const records = [started, { ...started, value: first }];
    const reason = '1 blockers; pod shop/web-1: does not answer';
    const question = { records, renewedAnchor: { ...renewedAnchor, missed: missedBy(first) } };
    assert.deepEqual(ask({ question: { ...question, nowMs: nowMs + 299_000 } }), {
      kind: 'wait',
      because: `a rotation for the renewed anchor is tried again at 2026-06-01T12:05:00.000Z: ${reason}`,
    });
    const later = { ...question, nowMs: nowMs + 300_000 };
    assert.deepEqual(ask({ question: later }), { kind: 'start', trigger: `${first}/2` });
    assert.equal(ask({ question: later, spec: { onAnchorRenewed: 'report' } }).kind, 'nothing');
  });
});

/** What became of an attempt to take the anchor up. */
function missedBy(trigger: string): PastRotation {
  return {
    id: 'aaaaaaaa-bbbbbbbb',
    runId: trigger,
    trigger,
    outcome: 'not-started',
    reason: '1 blockers; pod shop/web-1: does not answer',
    requestedBy: 'onAnchorRenewed of TrustAnchorRotation cluster',
    newAnchor: renewedAnchor.fingerprint,
    startedAt: at,
    endedAt: at,
    durationSeconds: 0,
    phases: [],
  };
}

describe('the records of triggers', () => {
  const message = 'workflow run 1';
  const recorded = (values: number): readonly TriggerRecord[] =>
    Array.from({ length: values }, (_, index): TriggerRecord => ({
      value: String(index),
      at,
      outcome: 'Started',
      message,
    })).reduce<readonly TriggerRecord[]>(withTrigger, []);

  it('hold each value once', () => {
    const again = withTrigger(recorded(60), { value: '30', at, outcome: 'Refused' });

    assert.equal(again.length, 60);
    assert.deepEqual(
      again.filter(({ value }) => value === '30').map(({ outcome }) => outcome),
      ['Refused'],
    );
  });

  it('tell the last fifty in full, and of those before that they were used', () => {
    const kept = recorded(60);

    assert.deepEqual(kept[0], { value: '0', at, outcome: 'Started' });
    assert.deepEqual(
      kept.filter((record) => record.message === message).map(({ value }) => value),
      Array.from({ length: 50 }, (_, index) => String(index + 10)),
    );
  });

  it('are kept for a thousand values', () => {
    const kept = recorded(1_010);

    assert.deepEqual([kept.length, kept[0]?.value], [1_000, '10']);
  });
});
