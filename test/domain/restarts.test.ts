import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RestartCandidate, RestartGoal } from '../../domain/restarts.ts';
import {
  exhaustedLaggard,
  maxAttemptsPerPass,
  readsMountedBundle,
  restartCandidates,
} from '../../domain/restarts.ts';
import type { Survey } from '../../domain/survey.ts';
import { workloadName } from '../../domain/survey.ts';
import { surveyArbitrary } from '../support/arbitraries.ts';
import {
  held,
  identity,
  identityProxy,
  injector,
  proxy,
  deployment,
  survey,
  uniform,
} from '../support/survey-builder.ts';

const holdBoth: RestartGoal = { kind: 'hold', wanted: held['A,B'] };
const replaceLeaves: RestartGoal = { kind: 'replace-leaves', under: held.B };
const heal: RestartGoal = { kind: 'heal' };
function names(candidates: readonly RestartCandidate[]): readonly string[] {
  return candidates.map(({ workload }) => workload.name);
}

function destination(
  ...[holds, presents]: [Parameters<typeof proxy>[1], Parameters<typeof proxy>[2]]
): Survey['proxies'][number] {
  return proxy('linkerd-destination', holds, presents, {
    namespace: 'linkerd',
    role: 'control-plane',
    workload: deployment('linkerd', 'linkerd-destination'),
  });
}

describe('restartCandidates', () => {
  it('names nobody where everybody holds what is wanted', () => {
    assert.deepEqual(restartCandidates(uniform('A,B', 'a'), holdBoth), []);
  });

  it('names a workload once, however many of its pods lag, with their restart markers', () => {
    const mesh = survey({
      ...uniform('A,B', 'a'),
      proxies: [
        proxy('web', 'A', 'a', { pod: 'web-1', restartMarker: 'r/both.1' }),
        proxy('web', 'A', 'a', { pod: 'web-2' }),
        proxy('web', 'A,B', 'a', { pod: 'web-3', restartMarker: 'r/both.2' }),
        proxy('db', 'A,B', 'a'),
      ],
    });

    assert.deepEqual(restartCandidates(mesh, holdBoth), [
      {
        workload: deployment('shop', 'web'),
        lagging: ['pod shop/web-1', 'pod shop/web-2'],
        markers: ['r/both.1', 'r/both.2'],
        turn: 1,
      },
    ]);
  });

  it('puts a stale injector first, then the data plane, the control plane and identity last', () => {
    const mesh = survey({
      proxies: [identityProxy('A', 'a'), destination('A', 'a'), proxy('web', 'A', 'a')],
    });

    assert.deepEqual(names(restartCandidates(mesh, holdBoth)), [
      'linkerd-proxy-injector',
      'web',
      'linkerd-destination',
      'linkerd-identity',
    ]);
  });

  it('restarts identity for its process alone, although its proxy holds what is wanted', () => {
    const mesh = survey({
      ...uniform('A,B', 'a'),
      identity: [identity('A,B', 'a'), identity('unknown', 'a', { pod: 'identity-2' })],
    });

    const [candidate, ...more] = restartCandidates(mesh, holdBoth);

    assert.deepEqual(more, []);
    assert.deepEqual(candidate?.lagging, ['identity replica identity-2']);
  });

  it('moves a workload to the earliest turn that one of its pods asks for', () => {
    const workload = deployment('linkerd', 'linkerd-proxy-injector');
    const mesh = survey({
      ...uniform('A,B', 'a'),
      proxies: [
        proxy('linkerd-proxy-injector', 'A', 'a', { workload, role: 'control-plane' }),
        proxy('web', 'A', 'a'),
      ],
      injectors: [injector('A', { workload })],
    });

    assert.deepEqual(
      restartCandidates(mesh, holdBoth).map(({ workload: { name }, turn }) => [name, turn]),
      [
        ['linkerd-proxy-injector', 0],
        ['web', 1],
      ],
    );
  });

  it('leaves alone what is going, and control-plane pods that read the bundle when they start', () => {
    const pending = { lifecycle: 'pending' } as const;
    const mesh = survey({
      ...uniform('A,B', 'a'),
      proxies: [
        proxy('web', 'A', 'a', { lifecycle: 'terminating' }),
        identityProxy('unknown', 'none', pending),
        proxy('late', 'A', 'none', pending),
      ],
    });

    assert.deepEqual(names(restartCandidates(mesh, holdBoth)), ['late']);
  });

  it('replaces leaves that are not known to be new, and leaves alone who has none yet', () => {
    const mesh = survey({
      ...uniform('A,B', 'x'),
      proxies: [
        proxy('old', 'A,B', 'a'),
        proxy('bridged', 'A,B', 'x'),
        proxy('new', 'A,B', 'b'),
        proxy('expired', 'A,B', 'expired'),
        proxy('unseen', 'A,B', 'unknown'),
        proxy('starting', 'A,B', 'none'),
      ],
      injectors: [injector('A')],
    });

    assert.deepEqual(names(restartCandidates(mesh, replaceLeaves)), ['old', 'expired', 'unseen']);
  });

  it('restarts identity alone for an issuer that a process would refuse or may refuse', () => {
    const mesh = survey({
      identity: [
        identity('A', 'a', { pod: 'one' }),
        identity('A,B', 'a', { pod: 'two' }),
        identity('unknown', 'a', { pod: 'three' }),
      ],
    });

    const [bridged] = restartCandidates(mesh, { kind: 'identity-accepts', under: held['A,B'] });
    const [plain, ...more] = restartCandidates(mesh, { kind: 'identity-accepts', under: held.B });

    assert.deepEqual(bridged?.lagging, ['identity replica three']);
    assert.deepEqual(plain?.lagging, ['identity replica one', 'identity replica three']);
    assert.deepEqual(more, []);
  });

  it('restarts identity for a replica that is not known to sign with the issuer in the Secret', () => {
    const mesh = survey({
      identity: [
        identity('A', 'a'),
        identity('A', 'a', { pod: 'two', usesCurrentIssuer: 'no' }),
        identity('A', 'a', { pod: 'three', usesCurrentIssuer: 'unknown' }),
      ],
    });

    const candidates = restartCandidates(mesh, { kind: 'identity-uses-issuer' });

    assert.deepEqual(names(candidates), ['linkerd-identity']);
    assert.deepEqual(candidates[0]?.lagging, ['identity replica two', 'identity replica three']);
  });

  it('does not restart again for a replica of a pod that is on its way out', () => {
    const going = { isTerminating: true } as const;
    const mesh = survey({
      ...uniform('A,B', 'a'),
      identity: [identity('A', 'a', going), identity('A,B', 'a', { pod: 'linkerd-identity-2' })],
      injectors: [injector('A', going), injector('A,B', { pod: 'linkerd-proxy-injector-2' })],
    });

    assert.deepEqual(restartCandidates(mesh, holdBoth), []);
  });

  it('tells restarts that read a mounted bundle from others', () => {
    const mesh = survey({
      ...uniform('A', 'a'),
      proxies: [proxy('web', 'A', 'a')],
      identity: [identity('A', 'a')],
      injectors: [injector('A')],
    });

    assert.deepEqual(restartCandidates(mesh, holdBoth).map(readsMountedBundle), [
      true,
      false,
      true,
    ]);
  });

  it('heals expired leaves and a control plane that some verifier refuses, and nothing else', () => {
    const mesh = survey({
      ...uniform('A,B', 'b'),
      proxies: [
        proxy('expired', 'A', 'expired'),
        proxy('locked-out', 'A', 'a'),
        proxy('fine', 'A,B', 'a'),
        destination('A,B', 'b'),
        identityProxy('A,B', 'a'),
        proxy('starting', 'A', 'none'),
      ],
    });

    assert.deepEqual(names(restartCandidates(mesh, heal)), ['expired', 'linkerd-destination']);
  });

  it('names only workloads of the survey and each of them once, in order of turns', () => {
    const goals = fc.constantFrom(holdBoth, replaceLeaves, heal);
    fc.assert(
      fc.property(surveyArbitrary, goals, (full, goal) => {
        const candidates = restartCandidates(full, goal);
        const workloads = candidates.map(({ workload }) => workloadName(workload));
        const turns = candidates.map(({ turn }) => turn);

        assert.equal(new Set(workloads).size, workloads.length);
        assert.deepEqual(
          turns,
          turns.toSorted((one, other) => one - other),
        );
        assert.ok(candidates.every(({ lagging }) => lagging.length > 0));
      }),
    );
  });
});

describe('exhaustedLaggard', () => {
  it('says how often a workload was restarted and names three pods that still lag', () => {
    const lagging = ['pod shop/web-1', 'pod shop/web-2', 'pod shop/web-3', 'pod shop/web-4'];
    const workload = deployment('shop', 'web');

    const laggard = exhaustedLaggard({ workload, lagging, markers: [], turn: 1 });

    assert.equal(laggard.what, 'Deployment shop/web');
    assert.match(laggard.reason, new RegExp(`^was restarted ${String(maxAttemptsPerPass)} times`));
    assert.match(laggard.reason, /web-1, pod shop\/web-2, pod shop\/web-3$/);
  });
});
