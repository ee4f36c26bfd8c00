import assert from 'node:assert/strict';
import {
  fit,
  formatDue,
  formatDuration,
  progressBar,
  shellWord,
  wrap,
} from '../../client/format.ts';
import { parseDuration } from '../../client/rotation-options.ts';

describe('texts for a terminal', () => {
  const durations: readonly (readonly [number, string])[] = [
    [120, '120ms'],
    [4_000, '4s'],
    [65_000, '1m 05s'],
    [3_600_000, '1h 00m'],
    [29 * 86_400_000 + 3 * 3_600_000, '29d 03h'],
    [-65_000, '-1m 05s'],
  ];
  for (const [ms, text] of durations) {
    it(`writes ${String(ms)} ms as ${text}`, () => {
      assert.equal(formatDuration(ms), text);
    });
  }

  it('says how far away a time is, before and after', () => {
    const atMs = Date.parse('2026-06-01T12:00:00Z');

    assert.equal(formatDue('2026-06-01T12:00:05.123Z', atMs), '2026-06-01 12:00:05Z (in 5s)');
    assert.equal(formatDue('2026-06-01T11:00:00Z', atMs), '2026-06-01 11:00:00Z (1h 00m ago)');
  });

  it('fills a bar completely only when nothing lags', () => {
    assert.equal(progressBar(99, 100, 10), '█████████░');
    assert.equal(progressBar(100, 100, 10), '██████████');
    assert.equal(progressBar(0, 0, 4), '████');
  });

  it('cuts a long line with a mark and joins broken ones', () => {
    assert.equal(fit('abcdef', 4), 'abc…');
    assert.equal(fit('a\nb', 4), 'a b');
  });

  it('wraps at spaces, keeps the first indentation and indents the rest', () => {
    assert.deepEqual(wrap('  - one two three', 10, 4), ['  - one', '    two', '    three']);
  });

  it('quotes what a shell would take apart', () => {
    assert.equal(shellWord('kind-prod'), 'kind-prod');
    assert.equal(shellWord("pod shop/it's"), String.raw`'pod shop/it'\''s'`);
  });

  it('reads durations in every unit and refuses a bare number', () => {
    assert.deepEqual(
      ['500ms', '2s', '1.5m', '1h', '14d'].map(parseDuration),
      [500, 2_000, 90_000, 3_600_000, 1_209_600_000],
    );
    assert.throws(() => parseDuration('5'), /Write a duration as/);
  });
});
