import assert from 'node:assert/strict';
import { noProgress } from '../../client/live-progress.ts';
import { renderWatch } from '../../client/watch-view.ts';
import { ago, gateReport, nowMs, statusOf } from './fixtures.ts';

const frame = { columns: 80, rows: 40, command: 'linkerd-trust' };

describe('the live view', () => {
  it('shows phases, the gate as of the last heartbeat, laggards and the fleet in 80 columns', () => {
    const status = statusOf({ gate: gateReport(10, 60) });
    const live = { gate: gateReport(34, 60), activities: [] };

    const lines = renderWatch(status, live, frame, nowMs);

    assert.deepEqual(lines, [
      'Trust anchor rotation aaaaaaaa-bbbbbbbb: running',
      'cluster prod · method bridge · pace steady · by ada',
      'hard deadline 2026-06-10 12:00:00Z (in 9d 00h)',
      '',
      '  ✓ Preflight                     4s',
      '  ✓ PinningSigner             1m 36s',
      '  ▸ ReplacingLeaves           6m 40s  replace every leaf by one that verifies u…',
      '  · RetiringTrustAnchor',
      '',
      'Gate leaves-under-new-anchor: every live leaf verifies under the new anchor',
      '  █████████████████░░░░░░░░░░░░░ 34 of 60 (56 %)',
      ...[0, 1, 2, 3, 4].flatMap((index) => [
        `  pod shop/web-${String(index)}: presents a leaf under the old anchor alone`,
        '    → it refreshes by itself within 70 % of its lifetime',
      ]),
      '  … and 21 more',
      '',
      'Fleet 3s ago · 12 workload restarts in 2 waves',
      '      1 control-plane  holds A  presents a',
      '      2 data-plane     holds A  presents a',
      '      1 identity: holds A, signs a',
      '      1 injector: hands out A',
      '',
      'Notes',
      '  2026-06-01 11:55:00Z  paused by ada',
    ]);
  });

  it('names the command that gives the approval it waits for', () => {
    const status = statusOf({
      condition: 'waiting-for-approval',
      waiting: {
        for: 'approval retire-anchor',
        since: ago(120),
        approval: 'retire-anchor',
        laggards: [],
      },
    });
    const command = 'linkerd-trust --context prod';

    const lines = renderWatch(status, noProgress, { ...frame, command }, nowMs);

    const at = lines.indexOf('Waits for approval retire-anchor (since 2m 00s)');
    assert.equal(lines[at + 2], '    linkerd-trust --context prod approve retire-anchor');
  });

  it('names all ways on when it is blocked, the exception with its exact name', () => {
    const status = statusOf({
      condition: 'blocked',
      waiting: {
        for: 'every live leaf to verify under the new anchor',
        since: ago(5),
        laggards: [{ what: 'pod shop/legacy-0', reason: 'does not answer', remedy: 'look at it' }],
        unnamed: 7,
      },
    });

    const text = renderWatch(status, noProgress, frame, nowMs).join('\n');

    assert.match(text, /pod shop\/legacy-0: does not answer\n {4}→ look at it/);
    assert.match(text, /and 7 more/);
    assert.match(text, /linkerd-trust resume/);
    assert.match(text, /linkerd-trust except 'pod shop\/legacy-0' --reason WHY/);
    assert.match(text, /linkerd-trust abort/);
  });

  it('names the ways on of a way back that is blocked, which cannot be aborted', () => {
    const waiting = { for: 'a person', since: ago(5), cause: 'step', laggards: [] } as const;
    const status = statusOf({ condition: 'swinging-back', waiting });

    const text = renderWatch(status, noProgress, frame, nowMs).join('\n');

    assert.match(text, /linkerd-trust resume/);
    assert.doesNotMatch(text, /linkerd-trust abort/);
  });

  it('shows a wave that is under way and a step that fails again and again', () => {
    const live = {
      activities: [
        { name: 'restartWave', text: 'waiting for Deployment shop/web', attempt: 1 },
        { name: 'pinSigner', attempt: 3, lastFailure: 'the API server answered 503' },
      ],
    };

    const text = renderWatch(statusOf(), live, frame, nowMs).join('\n');

    assert.match(text, /Now: waiting for Deployment shop\/web\n/);
    assert.match(text, /Now: pinSigner \(attempt 3\)\n {2}the last attempt failed: .* 503/);
  });

  it('leaves out whole sections from the end where the terminal is low', () => {
    const lines = renderWatch(statusOf(), noProgress, { ...frame, rows: 9 }, nowMs);

    assert.ok(lines.length <= 9);
    assert.match(lines.at(-1) ?? '', /RetiringTrustAnchor/);
  });

  it('never writes beyond the width of the terminal', () => {
    const live = { gate: gateReport(0, 99), activities: [] };

    for (const columns of [20, 40, 80]) {
      const lines = renderWatch(statusOf(), live, { ...frame, columns }, nowMs);

      assert.ok(lines.every((line) => line.length <= columns));
    }
  });
});
