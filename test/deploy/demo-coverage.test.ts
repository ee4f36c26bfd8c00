import assert from 'node:assert/strict';
import { coverageGaps, PhasePresence } from '../../deploy/local/demo-coverage.ts';
import type { ProxyInfo } from '../../simulator/mesh/start-mesh.ts';
import type { PhaseSnapshot } from '../../simulator/mesh/traffic/traffic-counts.ts';
import type { TrafficSnapshot } from '../../simulator/mesh/traffic/traffic.ts';

const enough = 10_000;

function proxies(...pods: readonly string[]): readonly ProxyInfo[] {
  return pods.map((pod) => ({
    pod,
    podIp: '127.0.0.1',
    identity: pod,
    state: '{a}/{a}',
    serving: true,
    terminating: false,
    anchors: [],
    chain: [],
    leafNotAfter: undefined,
    refreshes: { ok: 0, error: 0 },
  }));
}

function phaseOf(counts: Record<string, number>, tried = 1): PhaseSnapshot {
  return {
    tried,
    failed: 0,
    failuresByResult: {},
    clients: counts,
    servers: counts,
    statePairs: [{ client: '{a}/{a}', server: '{a}/{a}', tried, failed: 0 }],
    failures: [],
  };
}

function trafficOf(phase: PhaseSnapshot, tried = enough): TrafficSnapshot {
  return { tried, failed: 0, phases: { Preflight: phase } };
}

describe('coverage of the demo', () => {
  function presenceOf(atBegin: readonly ProxyInfo[], atEnd: readonly ProxyInfo[]): PhasePresence {
    const presence = new PhasePresence();
    presence.begin('Preflight', atBegin);
    presence.end(atEnd);
    return presence;
  }

  it('has no gap when each proxy was client and server twice', () => {
    const presence = presenceOf(proxies('one', 'two'), proxies('one', 'two'));

    assert.deepEqual(
      coverageGaps(trafficOf(phaseOf({ one: 2, two: 2 })), presence, ['Preflight']),
      [],
    );
  });

  it('names a proxy that was there throughout a phase and was not tried twice', () => {
    const presence = presenceOf(proxies('one', 'two'), proxies('one', 'two'));

    const gaps = coverageGaps(trafficOf(phaseOf({ one: 2, two: 1 })), presence, ['Preflight']);

    assert.equal(gaps.length, 1);
    assert.match(gaps[0] ?? '', /Preflight: two/);
  });

  it('does not ask for a proxy that came or went in the phase', () => {
    const presence = presenceOf(proxies('one', 'gone'), proxies('one', 'new'));

    assert.deepEqual(coverageGaps(trafficOf(phaseOf({ one: 2 })), presence, ['Preflight']), []);
  });

  it('names a pair of trust states that was there and never tried', () => {
    const presence = presenceOf(proxies('one'), proxies('one'));

    const gaps = coverageGaps(trafficOf(phaseOf({ one: 2 }, 0)), presence, ['Preflight']);

    assert.deepEqual(gaps, ['in Preflight, {a}/{a} was never tried against {a}/{a}']);
  });

  it('names a phase that was over before anybody looked', () => {
    const presence = new PhasePresence();
    presence.begin('Preflight', proxies('one'));
    presence.end(proxies('one'));

    const done = ['Preflight', 'PinningSigner'];
    const gaps = coverageGaps(trafficOf(phaseOf({ one: 2 })), presence, done);
    assert.deepEqual(gaps, ['PinningSigner was over before anything was counted in it']);
  });

  it('wants ten thousand handshakes in all', () => {
    const presence = presenceOf(proxies('one'), proxies('one'));

    const gaps = coverageGaps(trafficOf(phaseOf({ one: 2 }), 9_999), presence, ['Preflight']);

    assert.deepEqual(gaps, ['9999 handshakes in all, wanted are 10000']);
  });
});
