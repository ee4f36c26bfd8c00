import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BundleEpoch, IssuerEpoch } from '../../domain/history.ts';
import { bundlesAtStart, rememberBundle, rememberIssuer } from '../../domain/history.ts';
import { issuerVerifiesUnder } from '../../domain/trust.ts';

const startMs = Date.parse('2026-06-01T00:00:00.000Z');
const settleMs = 120_000;

function at(offsetMs: number): string {
  return new Date(startMs + offsetMs).toISOString();
}

const epochs: readonly BundleEpoch[] = [
  { fingerprints: ['a'], since: at(0) },
  { fingerprints: ['a', 'b'], since: at(3_600_000) },
  { fingerprints: ['b'], since: at(7_200_000) },
];

describe('bundlesAtStart', () => {
  it('is the one bundle of the epoch that a process started in', () => {
    assert.deepEqual(bundlesAtStart(epochs, at(600_000), settleMs), [['a']]);
    assert.deepEqual(bundlesAtStart(epochs, at(5_000_000), settleMs), [['a', 'b']]);
    assert.deepEqual(bundlesAtStart(epochs, at(9_000_000), settleMs), [['b']]);
  });

  it('is both bundles for a process that started while mounts may still have been stale', () => {
    const both = [['a'], ['a', 'b']];

    assert.deepEqual(bundlesAtStart(epochs, at(3_600_000), settleMs), both);
    assert.deepEqual(bundlesAtStart(epochs, at(3_600_000 + settleMs - 1), settleMs), both);
    assert.deepEqual(bundlesAtStart(epochs, at(3_600_000 + settleMs), settleMs), [['a', 'b']]);
  });

  it('is unknown for a process that started before anything was remembered to have settled', () => {
    assert.equal(bundlesAtStart(epochs, at(-1), settleMs), undefined);
    assert.equal(bundlesAtStart(epochs, at(settleMs - 1), settleMs), undefined);
    assert.equal(bundlesAtStart([], at(0), settleMs), undefined);
  });

  it('never names one bundle alone that was changed within the time to settle', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000, max: 10_000_000 }), (offsetMs) => {
        if (bundlesAtStart(epochs, at(offsetMs), settleMs)?.length !== 1) return;
        const changes = epochs.map(({ since }) => Date.parse(since));
        const startedMs = startMs + offsetMs;
        assert.ok(!changes.some((ms) => ms <= startedMs && startedMs - ms < settleMs));
      }),
    );
  });
});

describe('rememberBundle', () => {
  it('adds a bundle that differs from the last one and only then', () => {
    const first = rememberBundle([], { fingerprints: ['a'], since: at(0) });
    const same = rememberBundle(first, { fingerprints: ['a'], since: at(0) });
    const next = rememberBundle(same, { fingerprints: ['a', 'b'], since: at(2_000) });

    assert.equal(same, first);
    assert.deepEqual(next, [
      { fingerprints: ['a'], since: at(0) },
      { fingerprints: ['a', 'b'], since: at(2_000) },
    ]);
  });

  it('forgets what was before a bundle that was written again: it may have been another between', () => {
    const seen = { fingerprints: ['b'], since: at(9_000_000) };

    const flipped = rememberBundle(epochs, seen);

    assert.deepEqual(flipped, [seen]);
    assert.equal(bundlesAtStart(flipped, at(8_000_000), settleMs), undefined);
  });

  it('remembers a bundle that comes back as a new epoch', () => {
    const back = rememberBundle(epochs, { fingerprints: ['a'], since: at(8_000_000) });

    assert.equal(back.length, epochs.length + 1);
  });
});

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
