import assert from 'node:assert/strict';
import type { ExpiryOutcome } from '../../../domain/expiry/expiry-check.ts';
import type { RunwayKind } from '../../../domain/expiry/runway.ts';
import { emptyStatus } from '../../../domain/resource/resource-status.ts';
import type { ResourceStatus } from '../../../domain/resource/resource-status.ts';
import { statusAtRest } from '../../../domain/resource/rest-status.ts';
import { expiryEvents, statusAfterCheck } from '../../../domain/resource/runway-status.ts';
import type { ExpirySight } from '../../../domain/resource/runway-status.ts';
import { ago, anchors } from '../../client/fixtures.ts';
import { around } from '../../support/rotation-sight.ts';
import { survey } from '../../support/survey-builder.ts';

const anchor = anchors.a.certificate.fingerprint;

function found(kind: RunwayKind, outcome: ExpiryOutcome): ExpirySight {
  const runway = {
    kind,
    daysLeft: 12,
    startBy: ago(0),
    message: 'a rotation at pace steady would not end in time',
    ...(kind === 'ample' ? {} : { nextStep: 'rotate at pace urgent' }),
  };
  return { report: { runway, outcome }, anchor, runId: 'run', at: ago(0) };
}

function atRest(
  before: ResourceStatus,
  b?: typeof anchors.b,
  more: { readonly checkedFrom?: string } = {},
): ResourceStatus {
  const seen = { kind: 'seen', objects: survey().objects, at: ago(0) } as const;
  return statusAtRest(before, { ...seen, anchors: { a: b ?? anchors.a } }, { ...around, ...more });
}

function expiring(status: ResourceStatus): string {
  const {
    status: value,
    reason,
    message,
  } = status.conditions.find(({ type }) => type === 'AnchorExpiringSoon') ?? {};
  return `${String(value)}/${String(reason)}: ${String(message)}`;
}

describe('what a check of expiry has found', () => {
  it('stands in the condition, also after the next look at the mesh', () => {
    const before = atRest(emptyStatus);
    assert.match(expiring(before), /^False\/InDate/);

    const after = statusAfterCheck(before, found('short', 'reported'), around);
    const text =
      /^True\/RunwayShort: the check of \S+ has found: 12 days left: a rotation at pace steady would not end in time; next step: rotate at pace urgent$/;
    assert.match(expiring(after), text);
    assert.match(expiring(atRest(after)), text);
  });

  it('goes with the next check that finds time, and with the anchor', () => {
    const short = statusAfterCheck(atRest(emptyStatus), found('short', 'reported'), around);

    assert.match(expiring(statusAfterCheck(short, found('ample', 'nothing'), around)), /InDate/);
    assert.match(expiring(atRest(short, anchors.b)), /InDate/);
  });

  it('is missed where checks fail, hang, or nobody runs them', () => {
    const hours = (count: number) => ago(count * 3_600);
    const never = (checkedFrom: string) =>
      expiring(atRest(emptyStatus, undefined, { checkedFrom }));
    assert.match(never(hours(49)), /^False\/InDate/);
    assert.match(never(hours(51)), /^Unknown\/CheckOverdue: .* there has been none; its Schedule/);

    const ample = { ...found('ample', 'nothing'), at: hours(60) };
    const stale = statusAfterCheck(atRest(emptyStatus), ample, around);
    const since = { checkedFrom: hours(900) };
    assert.match(expiring(atRest(stale, undefined, since)), /^Unknown\/CheckOverdue: .* at \S+;/);
    assert.match(expiring(atRest(stale)), /^False\/InDate/, 'suspended');

    const short = { ...found('short', 'reported'), at: hours(60) };
    const told = statusAfterCheck(stale, short, around);
    assert.match(expiring(atRest(told, undefined, since)), /^True\/RunwayShort/);
  });

  it('is left to a rotation that was started to tell', () => {
    const before = atRest(emptyStatus);
    for (const outcome of ['started', 'already-running'] as const) {
      const after = statusAfterCheck(before, found('due', outcome), around);

      assert.deepEqual(after.conditions, before.conditions);
      assert.equal(after.runway?.outcome, outcome);
    }
  });

  for (const [kind, outcome, event] of [
    ['short', 'reported', 'Warning RunwayShort'],
    ['blocked', 'reported', 'Warning RunwayBlocked'],
    ['due', 'reported', 'Warning RotationDue'],
    ['due', 'started', 'Normal RotationDue'],
  ] as const) {
    it(`is an Event: ${kind}, ${outcome}`, () => {
      const [told] = expiryEvents(found(kind, outcome));

      assert.equal(`${String(told?.type)} ${String(told?.reason)}`, event);
      assert.match(told?.message ?? '', outcome === 'started' ? /it was started$/ : /next step: /);
    });
  }

  it('is no Event while there is time', () => {
    assert.deepEqual(expiryEvents(found('ample', 'nothing')), []);
  });
});
