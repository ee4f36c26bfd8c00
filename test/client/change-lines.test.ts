import assert from 'node:assert/strict';
import { changeLines } from '../../client/change-lines.ts';
import { noProgress } from '../../client/live-progress.ts';
import { ago, gateReport, nowMs, statusOf } from './fixtures.ts';

const options = { nowMs, command: 'linkerd-trust' };
const at = '2026-06-01 12:00:00Z';

describe('lines for a log', () => {
  it('begin with everything that stands', () => {
    const lines = changeLines(undefined, { status: statusOf(), live: noProgress }, options);

    assert.deepEqual(lines, [
      `${at}  rotation aaaaaaaa-bbbbbbbb: running`,
      `${at}  phase Preflight: done`,
      `${at}  phase PinningSigner: done`,
      `${at}  phase ReplacingLeaves: running`,
      `${at}  note: paused by ada`,
    ]);
  });

  it('say nothing while nothing changes', () => {
    const look = { status: statusOf(), live: { gate: gateReport(3, 6), activities: [] } };

    assert.deepEqual(changeLines(look, structuredClone(look), options), []);
  });

  it('tell progress of a gate, a new wait with its command, and new notes', () => {
    const before = { status: statusOf(), live: { gate: gateReport(3, 6), activities: [] } };
    const status = statusOf({
      condition: 'paused',
      waiting: { for: 'a person to resume', since: ago(1), laggards: [] },
      notes: [
        { at: ago(300), text: 'paused by ada' },
        { at: ago(1), text: 'paused by bob' },
      ],
    });

    const after = { status, live: { gate: gateReport(6, 6), activities: [] } };

    assert.deepEqual(changeLines(before, after, options), [
      `${at}  rotation aaaaaaaa-bbbbbbbb: paused`,
      `${at}  gate leaves-under-new-anchor: 6 of 6, passed`,
      `${at}  waits for a person to resume`,
      `${at}    to go on: linkerd-trust resume`,
      `${at}  note: paused by bob`,
    ]);
  });
});
