import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BundleEpoch, IssuerEpoch } from '../../domain/history.ts';
import { bundleAtStart, rememberBundle, rememberIssuer } from '../../domain/history.ts';
import { issuerVerifiesUnder } from '../../domain/trust.ts';

const startMs = Date.parse('2026-06-01T00:00:00.000Z');
const settleMs = 120_000;

function at(offsetMs: number): string {
  return new Date(startMs + offsetMs).toISOString();
}

/** Watched all the time but for a minute before each change. */
const epochs: readonly BundleEpoch[] = [
  { fingerprints: ['a'], since: at(0), seenAt: at(3_540_000) },
  { fingerprints: ['a', 'b'], since: at(3_600_000), seenAt: at(7_140_000) },
  { fingerprints: ['b'], since: at(7_200_000), seenAt: at(7_210_000) },
];

describe('bundleAtStart', () => {
  it('is the bundle of the epoch that a process started in', () => {
    assert.deepEqual(bundleAtStart(epochs, at(600_000), settleMs), ['a']);
    assert.deepEqual(bundleAtStart(epochs, at(5_000_000), settleMs), ['a', 'b']);
    assert.deepEqual(bundleAtStart(epochs, at(9_000_000), settleMs), ['b']);
  });

  it('is unknown for a process that started while mounts may still have been stale', () => {
    assert.equal(bundleAtStart(epochs, at(3_600_000), settleMs), undefined);
    assert.equal(bundleAtStart(epochs, at(3_600_000 + settleMs - 1), settleMs), undefined);
    assert.deepEqual(bundleAtStart(epochs, at(3_600_000 + settleMs), settleMs), ['a', 'b']);
  });

  it('is unknown for a process that started when nobody watched and before the next change', () => {
    assert.equal(bundleAtStart(epochs, at(3_570_000), settleMs), undefined);
  });

  it('is unknown for a process that started before anything was remembered to have settled', () => {
    assert.equal(bundleAtStart(epochs, at(-1), settleMs), undefined);
    assert.equal(bundleAtStart(epochs, at(settleMs - 1), settleMs), undefined);
    assert.equal(bundleAtStart([], at(0), settleMs), undefined);
  });

  it('never names a bundle that was changed within the time to settle', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000, max: 10_000_000 }), (offsetMs) => {
        if (bundleAtStart(epochs, at(offsetMs), settleMs) === undefined) return;
        const changes = epochs.map(({ since }) => Date.parse(since));
        const startedMs = startMs + offsetMs;
        assert.ok(!changes.some((ms) => ms <= startedMs && startedMs - ms < settleMs));
      }),
    );
  });
});

/** What surveys at these times saw, in their order. */
function remembered(...sights: readonly BundleEpoch[]): readonly BundleEpoch[] {
  return sights.reduce<readonly BundleEpoch[]>(rememberBundle, []);
}

describe('rememberBundle', () => {
  it('adds a bundle that differs from the last one, and otherwise only when it was last seen', () => {
    const first = { fingerprints: ['a'], since: at(0), seenAt: at(1_000) };
    const next = { fingerprints: ['a', 'b'], since: at(2_000), seenAt: at(3_000) };

    assert.deepEqual(remembered(first, { ...first, seenAt: at(1_500) }, next), [
      { ...first, seenAt: at(1_500) },
      next,
    ]);
  });

  it('remembers a bundle that comes back as a new epoch', () => {
    const back = { fingerprints: ['a'], since: at(8_000_000), seenAt: at(8_000_000) };

    assert.equal(rememberBundle(epochs, back).length, epochs.length + 1);
  });

  it('is not certain of a bundle that was written again since it was seen, even if it is the same', () => {
    const before = { fingerprints: ['a'], since: at(0), seenAt: at(3_600_000) };
    const again = { fingerprints: ['a'], since: at(7_200_000), seenAt: at(7_300_000) };
    const history = remembered(before, again);

    // What lay there in between may have been anything.
    assert.equal(bundleAtStart(history, at(5_000_000), settleMs), undefined);
    assert.equal(bundleAtStart(history, at(7_200_000), settleMs), undefined);
    assert.deepEqual(bundleAtStart(history, at(1_800_000), settleMs), ['a']);
    assert.deepEqual(bundleAtStart(history, at(7_400_000), settleMs), ['a']);
  });

  it('dates a change that the server has no newer record of by when it was seen', () => {
    const before = { fingerprints: ['a'], since: at(0), seenAt: at(1_000) };
    const changed = { fingerprints: ['b'], since: at(0), seenAt: at(2_000) };

    assert.deepEqual(remembered(before, changed).at(-1), { ...changed, since: at(2_000) });
  });

  it('does not grow with a bundle that is written again and again', () => {
    const sights = Array.from({ length: 100 }, (_, minute) => ({
      fingerprints: ['a'],
      since: at(minute * 60_000),
      seenAt: at(minute * 60_000),
    }));

    assert.equal(remembered(...sights).length, 20);
  });

  it('never names a bundle where another lay within the time to settle, seen or not', () => {
    const write = fc.record({
      afterMs: fc.integer({ min: 1, max: 400_000 }),
      content: fc.constantFrom('a', 'b', 'c'),
    });
    const lookAfterMs = fc.integer({ min: 1, max: 400_000 });
    fc.assert(
      fc.property(
        fc.array(write, { minLength: 1, maxLength: 8 }),
        fc.array(lookAfterMs, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 3_200_000 }),
        (writes, looks, startedMs) => {
          const log = running(writes.map(({ afterMs }) => afterMs)).map((ms, index) => ({
            ms,
            content: writes[index]?.content ?? '',
          }));
          const history = remembered(
            ...running(looks).flatMap((ms) => {
              const written = log.findLast((entry) => entry.ms <= ms);
              return written === undefined
                ? []
                : [{ fingerprints: [written.content], since: at(written.ms), seenAt: at(ms) }];
            }),
          );

          const named = bundleAtStart(history, at(startedMs), settleMs);

          // The last look knows nothing of what came after it.
          const lastLookMs = running(looks).at(-1) ?? 0;
          if (named === undefined || startedMs > lastLookMs) return;
          const lay = log.filter(({ ms }, index) => {
            const untilMs = log[index + 1]?.ms ?? Infinity;
            return ms <= startedMs && untilMs > startedMs - settleMs;
          });
          assert.deepEqual([...new Set(lay.map(({ content }) => content))], named);
        },
      ),
    );
  });
});

/** Running sums: times from intervals. */
function running(intervals: readonly number[]): readonly number[] {
  let sum = 0;
  return intervals.map((interval) => (sum += interval));
}

describe('rememberIssuer', () => {
  function issuer(name: string): IssuerEpoch {
    return { fingerprint: name, notAfter: at(0), under: issuerVerifiesUnder.a };
  }

  it('keeps the last issuers, the one that is seen now at the end, each once', () => {
    const history = rememberIssuer(rememberIssuer([], issuer('one')), issuer('two'));

    assert.deepEqual(
      rememberIssuer(history, issuer('one')).map(({ fingerprint }) => fingerprint),
      ['two', 'one'],
    );
  });

  it('does not grow with time', () => {
    let history: readonly IssuerEpoch[] = [];
    for (let day = 0; day < 100; day += 1) history = rememberIssuer(history, issuer(String(day)));

    assert.equal(history.length, 20);
    assert.equal(history.at(-1)?.fingerprint, '99');
  });
});
