import assert from 'node:assert/strict';
import type { CommandContext } from '../../client/context.ts';
import type { RunningReading, Screen } from '../../client/watch-screens.ts';
import { createScreen } from '../../client/watch-screens.ts';
import { noProgress } from '../../client/live-progress.ts';
import { ago, nowMs, statusOf } from './fixtures.ts';

interface Shown {
  readonly screen: Screen;
  readonly stdout: string[];
  readonly stderr: string[];
}

function screenOn(terminal: object, output: 'text' | 'json' = 'text'): Shown {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const context: CommandContext = {
    stdout: { isTTY: false, ...terminal, write: (text) => stdout.push(text) },
    stderr: { isTTY: false, write: (text) => stderr.push(text) },
    canAsk: false,
    env: { NO_COLOR: '1' },
    userName: 'ada',
    now: () => nowMs,
    ask: async () => '',
    interrupted: new AbortController().signal,
    connectors: {
      openCluster: () => Promise.reject(new Error('not here')),
      openTemporal: () => Promise.reject(new Error('not here')),
      plannerFor: () => () => Promise.reject(new Error('not here')),
      checkerFor: () => () => Promise.reject(new Error('not here')),
      inspectorFor: () => () => Promise.reject(new Error('not here')),
    },
  };
  return { screen: createScreen(context, { output }), stdout, stderr };
}

const reading: RunningReading = {
  kind: 'running',
  workflowId: 'trust-rotation/uid-1',
  runId: 'run-1',
  startedAt: ago(600),
  status: statusOf(),
};

describe('where a watch is shown', () => {
  it('says once on a pipe that there is no news, and again after the next', () => {
    const { screen, stdout } = screenOn({});
    screen.show(reading, noProgress);
    stdout.length = 0;

    screen.trouble('Temporal did not answer.');
    screen.trouble('Temporal did not answer.');
    screen.show(reading, noProgress);
    screen.trouble('Temporal did not answer.');

    const line = '2026-06-01 12:00:00Z  No news, looking again. Temporal did not answer.\n';
    assert.deepEqual(stdout, [line, line]);
  });

  it('redraws a terminal over what it drew before, and keeps that while there is no news', () => {
    const { screen, stdout } = screenOn({ isTTY: true, columns: 80, rows: 24 });

    screen.show(reading, noProgress);
    screen.trouble('Temporal did not answer.');

    const [first = '', second = ''] = stdout;
    const height = first.split('\n').length - 1;
    assert.ok(height < 24);
    assert.ok(second.startsWith(`\u001B[${String(height)}ATrust anchor rotation`));
    assert.match(second, /! No news, looking again\. Temporal did not answer\./);
  });

  it('writes a document for each change to a machine, and none without one', () => {
    const { screen, stdout, stderr } = screenOn({}, 'json');

    screen.show(reading, noProgress);
    screen.show(reading, noProgress);
    screen.trouble('Temporal did not answer.');

    assert.equal(stdout.length, 1);
    assert.deepEqual(
      JSON.parse(stdout[0] ?? ''),
      JSON.parse(JSON.stringify({ ...reading, live: noProgress })),
    );
    assert.deepEqual(stderr, ['{"trouble":"Temporal did not answer."}\n']);
  });
});
