import assert from 'node:assert/strict';
import type { PlannedPace } from '../../../domain/expiry/runway.ts';
import { judgeRunway } from '../../../domain/expiry/runway.ts';
import { renderExpiry } from '../../../domain/expiry/render-expiry.ts';
import type { Pace } from '../../../domain/phases.ts';

const dayMs = 86_400_000;
const now = Date.parse('2026-06-01T12:00:00Z');
const startBeforeMs = 90 * dayMs;

/** An anchor that ends in `days`, and a plan that takes `takesDays` and must end a day before it. */
function planned(
  days: number,
  {
    pace = 'steady',
    takesDays = 1,
    ...more
  }: { pace?: Pace; takesDays?: number } & Partial<Pick<PlannedPace, 'blockers'>> = {},
): PlannedPace {
  const iso = (ms: number): string => new Date(now + ms).toISOString();
  return {
    pace,
    expectedDurationMs: takesDays * dayMs,
    hardDeadline: iso((days - 1) * dayMs),
    anchors: { a: { fingerprint: 'aa', subject: 'CN=root', notAfter: iso(days * dayMs) } },
    blockers: [],
    ...more,
  };
}

const judge = (wanted: PlannedPace, others: readonly PlannedPace[] = []) =>
  judgeRunway({ wanted, others, nowMs: now, startBeforeMs });

describe('the runway before the end of an anchor', () => {
  it('is ample while more is left than the owner wants', () => {
    const runway = judge(planned(91));

    assert.deepEqual([runway.kind, runway.daysLeft, runway.nextStep], ['ample', 91, undefined]);
  });

  it('is due from the moment on that the owner has set', () => {
    assert.equal(judge(planned(90)).kind, 'due');
  });

  it('is due before that where the rotation would not fit any more the day after', () => {
    const wanted = planned(120, { pace: 'natural', takesDays: 59 });

    assert.deepEqual(judge(wanted).kind, 'due');
    assert.equal(judge(planned(140, { pace: 'natural', takesDays: 59 })).kind, 'ample');
  });

  it('keeps twice the expected duration free before the hard deadline', () => {
    assert.equal(judge(planned(3)).kind, 'due');
    assert.equal(judge(planned(3)).startBy, new Date(now).toISOString());
    assert.equal(judge(planned(2.99)).kind, 'short');
  });

  it('is blocked by what no wait will cure, and says what to do', () => {
    const blocker = { what: 'Link multicluster/west', reason: 'verifies', remedy: 'except it' };

    const runway = judge(planned(30, { blockers: [blocker] }));

    assert.equal(runway.kind, 'blocked');
    assert.match(runway.message, /Link multicluster\/west verifies/);
    assert.equal(runway.nextStep, 'except it');
  });

  it('counts to the end of an intermediate CA, which a rotation would not renew', () => {
    const signedFor = (days: number, intermediateDays: number): PlannedPace => {
      const plan = planned(Math.min(days, intermediateDays));
      const iso = (inDays: number): string => new Date(now + inDays * dayMs).toISOString();
      const a = { ...plan.anchors.a, notAfter: iso(days) };
      return { ...plan, anchors: { a: { ...a, intermediateNotAfter: iso(intermediateDays) } } };
    };

    const ample = judge(signedFor(3_650, 91));
    assert.deepEqual([ample.kind, ample.daysLeft, ample.nextStep], ['ample', 91, undefined]);

    const soon = judge(signedFor(3_650, 30));
    assert.deepEqual([soon.kind, soon.daysLeft], ['blocked', 30]);
    assert.match(soon.message, /^the intermediate CA that signs .* nothing in the cluster/);
    assert.match(soon.nextStep ?? '', /owner sign another intermediate CA/);

    const short = judge(signedFor(3_650, 2), [planned(2, { pace: 'urgent', takesDays: 0.1 })]);
    assert.equal(short.kind, 'short');
    assert.match(short.message, /before the intermediate CA that signs for the trust anchor does/);
    assert.match(short.nextStep ?? '', /owner sign another intermediate CA/);

    assert.equal(judge(signedFor(30, 30)).kind, 'due', 'they end together');
  });

  it('is too short for a calm rotation, and names the calmest pace that still fits', () => {
    const wanted = planned(10, { pace: 'natural', takesDays: 14 });
    const others = [
      wanted,
      planned(10, { pace: 'steady', takesDays: 2 }),
      planned(10, { pace: 'urgent', takesDays: 1 }),
    ];

    const runway = judge(wanted, others);

    assert.equal(runway.kind, 'short');
    assert.match(runway.nextStep ?? '', /pace steady, which fits until 2026-06-06T12/);
  });

  it('is too short for every pace in the end, and points at the emergency procedure', () => {
    const blocked = planned(10, {
      pace: 'urgent',
      blockers: [{ what: 'x', reason: 'y', remedy: 'z' }],
    });
    const runway = judge(planned(1), [planned(1), planned(1, { pace: 'urgent' }), blocked]);

    assert.match(runway.nextStep ?? '', /emergency procedure/);
  });

  it('reads as a page with the days, the verdict and the next step', () => {
    const page = renderExpiry({ runway: judge(planned(90)), outcome: 'started' });

    assert.match(page, /^## Trust anchor: 90 days left\n\n\*\*due\*\* · started · a rotation must/);
    assert.match(page, /Next step: start a rotation$/);
    assert.doesNotMatch(
      renderExpiry({ runway: judge(planned(400)), outcome: 'nothing' }),
      /Next step/,
    );
  });
});
