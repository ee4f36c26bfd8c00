import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  bundleIs,
  identityUsesCurrentIssuer,
  injectorsHandOut,
  issuerIs,
  issuersVerifyUnder,
  leavesVerifyUnder,
  matches,
  podName,
  proxiesAcceptBridge,
  verifiersAccept,
  verifiersHold,
} from '../../domain/conditions.ts';
import type { Convergence } from '../../domain/convergence.ts';
import { isConverged } from '../../domain/convergence.ts';
import type { Survey } from '../../domain/survey.ts';
import { issuerVerifiesUnder } from '../../domain/trust.ts';
import { forgettings, surveyArbitrary } from '../support/arbitraries.ts';
import {
  bundle,
  held,
  identity,
  identityProxy,
  injector,
  leaf,
  objects,
  proxy,
  survey,
  uniform,
} from '../support/survey-builder.ts';

function names(convergence: Convergence): readonly string[] {
  return convergence.laggards.map(({ what }) => what);
}

function only(convergence: Convergence): Convergence['laggards'][number] {
  const [laggard, ...more] = convergence.laggards;
  assert.ok(laggard !== undefined && more.length === 0);
  return laggard;
}

describe('what verifiers hold', () => {
  it('converges when every proxy and every identity process holds what is wanted', () => {
    const result = verifiersHold(uniform('A,B', 'a'), { a: 'yes', b: 'yes' });

    assert.deepEqual(result, { converged: 4, total: 4, laggards: [] });
  });

  it('looks only at the letters that are asked for', () => {
    assert.ok(isConverged(verifiersHold(uniform('A,B', 'a'), { b: 'yes' })));
    assert.ok(!isConverged(verifiersHold(uniform('A,B', 'a'), { a: 'no' })));
  });

  it('says of a laggard what it holds, what is wanted and what to restart', () => {
    const mesh = survey({ proxies: [proxy('web', 'A', 'a')], identity: [] });

    assert.deepEqual(only(verifiersHold(mesh, { a: 'no', b: 'yes' })), {
      what: 'pod shop/web-1',
      reason: 'holds A, wanted is one that does not hold A and holds B',
      remedy: 'restart Deployment shop/web',
    });
  });

  it('says of a pod that is going to wait for it, and of an unknown one why it is unknown', () => {
    const mesh = survey({
      proxies: [
        proxy('gone', 'A', 'a', { lifecycle: 'terminating' }),
        proxy('mute', 'unknown', 'a', { note: 'connection timed out' }),
        proxy('shy', 'unknown', 'a'),
      ],
      identity: [identity('unknown', 'a', { note: 'the bundle changed 30 s before it started' })],
    });

    const { laggards } = verifiersHold(mesh, { b: 'yes' });

    assert.equal(laggards[0]?.remedy, 'wait until it is gone');
    assert.equal(laggards[1]?.reason, 'connection timed out');
    assert.equal(laggards[2]?.reason, 'has not answered what it holds');
    assert.match(laggards[3]?.reason ?? '', /holds unknown.*the bundle changed 30 s before/);
  });

  it('accepts a kind of leaf as soon as one anchor of it is held', () => {
    assert.ok(isConverged(verifiersAccept(uniform('A', 'a'), issuerVerifiesUnder.x)));
    assert.ok(isConverged(verifiersAccept(uniform('B', 'b'), issuerVerifiesUnder.x)));
    assert.match(
      verifiersAccept(uniform('A', 'a'), issuerVerifiesUnder.b).laggards[0]?.reason ?? '',
      /accepts certificates under B/,
    );
  });
});

describe('what injectors hand out', () => {
  it('is known only with at least one live replica', () => {
    const result = injectorsHandOut(survey({ injectors: [] }), { b: 'yes' });

    assert.deepEqual(names(result), ['proxy injector']);
  });

  it('names the replica whose mounted bundle is stale and the one that did not answer', () => {
    const mesh = survey({
      injectors: [
        injector('A,B'),
        injector('A', { pod: 'injector-2' }),
        injector('unknown', { pod: 'injector-3', note: 'refused the connection' }),
      ],
    });

    const { laggards } = injectorsHandOut(mesh, { a: 'yes', b: 'yes' });

    assert.deepEqual(
      laggards.map(({ what, reason }) => `${what}: ${reason}`),
      [
        'injector replica injector-2: hands out A, wanted is one that holds A and holds B',
        'injector replica injector-3: refused the connection',
      ],
    );
  });
});

describe('the answer to a bridge probe', () => {
  it('is taken from the proxy itself, and from what a pod will hold before it runs', () => {
    const mesh = survey({
      proxies: [
        proxy('web', 'A', 'a'),
        proxy('late', 'A', 'none', { lifecycle: 'pending', acceptsBridge: 'unknown' }),
        proxy('strange', 'unknown', 'none', { lifecycle: 'pending', acceptsBridge: 'unknown' }),
        proxy('mute', 'A', 'a', { acceptsBridge: 'unknown' }),
        proxy('old', 'A', 'a', { acceptsBridge: 'no' }),
      ],
    });

    const result = proxiesAcceptBridge(mesh);

    assert.deepEqual(names(result), ['pod shop/strange-1', 'pod shop/mute-1', 'pod shop/old-1']);
    assert.match(result.laggards[1]?.remedy ?? '', /admin port reachable/);
    assert.match(result.laggards[2]?.remedy ?? '', /method overlap/);
  });
});

describe('what leaves verify under', () => {
  it('is good where nothing is presented yet, and not where the leaf is old, expired or unseen', () => {
    const mesh = survey({
      proxies: [
        proxy('new', 'A,B', 'none'),
        proxy('x', 'A,B', 'x'),
        proxy('b', 'A,B', 'b'),
        proxy('a', 'A,B', 'a'),
        proxy('foreign', 'A,B', 'foreign'),
        proxy('expired', 'A,B', 'expired'),
        proxy('unseen', 'A,B', 'unknown', { note: 'no answer in 5 s' }),
      ],
    });

    const result = leavesVerifyUnder(mesh, held.B);

    assert.deepEqual(
      result.laggards.map(({ what, reason }) => `${what}: ${reason}`),
      [
        'pod shop/a-1: presents a leaf of kind a, which does not verify under B',
        'pod shop/foreign-1: presents a leaf of kind foreign, which does not verify under B',
        'pod shop/expired-1: presents an expired leaf, which it cannot renew by itself',
        'pod shop/unseen-1: no answer in 5 s',
      ],
    );
  });
});

describe('what issuers verify under', () => {
  it('is asked of the Secret and of every replica', () => {
    const mesh = survey({ identity: [identity('A,B', 'x'), identity('A,B', 'a', { pod: 'two' })] });

    assert.deepEqual(names(issuersVerifyUnder(mesh, held.B)), [
      'issuer in the Secret',
      'identity replica two',
    ]);
    assert.ok(isConverged(issuersVerifyUnder(uniform('A,B', 'x'), held.B)));
  });

  it('is unknown for a replica whose issuer is unknown', () => {
    const signs = { a: 'unknown', b: 'unknown' } as const;
    const mesh = { ...uniform('A,B', 'x'), identity: [identity('A,B', 'x', { signs })] };

    assert.deepEqual(names(issuersVerifyUnder(mesh, held.B)), [
      'identity replica linkerd-identity-1',
    ]);
  });
});

describe('the issuer in use', () => {
  it('is current only if every replica is known to use it and there is one', () => {
    const mesh = survey({
      identity: [
        identity('A', 'a'),
        identity('A', 'a', { pod: 'two', usesCurrentIssuer: 'no' }),
        identity('A', 'a', { pod: 'three', usesCurrentIssuer: 'unknown' }),
      ],
    });

    assert.deepEqual(names(identityUsesCurrentIssuer(mesh)), [
      'identity replica two',
      'identity replica three',
    ]);
    assert.deepEqual(names(identityUsesCurrentIssuer(survey({ identity: [] }))), [
      'linkerd-identity',
    ]);
  });

  it('is of one kind by what it verifies under', () => {
    for (const kind of ['a', 'x', 'b'] as const) {
      for (const wanted of ['a', 'x', 'b'] as const) {
        assert.equal(isConverged(issuerIs(uniform('A,B', kind), wanted)), kind === wanted);
      }
    }
  });
});

describe('the bundle', () => {
  it('is as wanted only with a clean text and the same anchors in every target namespace', () => {
    const both = held['A,B'];
    const with_ = (more: Parameters<typeof bundle>[1]): Survey =>
      survey({ objects: objects({ bundle: bundle('A,B', more) }) });

    assert.ok(isConverged(bundleIs(with_({}), both)));
    assert.deepEqual(names(bundleIs(survey(), both)), ['trust bundle']);
    assert.deepEqual(names(bundleIs(with_({ divergentTargets: ['viz', 'edge'] }), both)), [
      'trust bundle in namespace viz',
      'trust bundle in namespace edge',
    ]);
    assert.equal(
      only(bundleIs(with_({ hazard: 'a comment after the last certificate' }), both)).reason,
      'a comment after the last certificate',
    );
  });
});

describe('matches', () => {
  it('is no as soon as one letter is certainly different, and unknown before it is yes', () => {
    assert.equal(matches(held['A,B'], { a: 'yes', b: 'yes' }), 'yes');
    assert.equal(matches(held.A, { b: 'yes' }), 'no');
    assert.equal(matches({ a: 'yes', b: 'unknown' }, { a: 'no', b: 'yes' }), 'no');
    assert.equal(matches({ a: 'yes', b: 'unknown' }, { b: 'yes' }), 'unknown');
    assert.equal(matches(held.unknown, {}), 'yes');
  });
});

describe('every condition', () => {
  const conditions: readonly ((full: Survey) => Convergence)[] = [
    (full) => verifiersHold(full, { a: 'yes', b: 'yes' }),
    (full) => verifiersHold(full, { a: 'no', b: 'yes' }),
    (full) => verifiersAccept(full, issuerVerifiesUnder.x),
    (full) => injectorsHandOut(full, { b: 'yes' }),
    proxiesAcceptBridge,
    (full) => leavesVerifyUnder(full, held.B),
    (full) => issuersVerifyUnder(full, held.B),
    identityUsesCurrentIssuer,
  ];

  it('that holds with something forgotten holds with it known', () => {
    fc.assert(
      fc.property(surveyArbitrary, fc.constantFrom(...conditions), (full, condition) => {
        if (isConverged(condition(full))) return;
        for (const less of forgettings(full)) assert.ok(!isConverged(condition(less)));
      }),
    );
  });

  it('counts each thing once and names it as people know it', () => {
    fc.assert(
      fc.property(surveyArbitrary, fc.constantFrom(...conditions), (full, condition) => {
        const { converged, total, laggards } = condition(full);
        assert.equal(converged + laggards.length, total);
      }),
    );
    assert.equal(podName(identityProxy('A', 'a')), 'pod linkerd/linkerd-identity-1');
    assert.equal(leaf.none.leaf, 'none');
  });
});

describe('a member outside of the cluster that came after the plan', () => {
  const seen = {
    ...uniform('A,B', 'b'),
    outsiders: [{ kind: 'ExternalWorkload', namespace: 'shop', name: 'vm-1' }],
  };
  const judged: Readonly<Record<string, Convergence>> = {
    verifiersAccept: verifiersAccept(seen, issuerVerifiesUnder.b),
    verifiersHold: verifiersHold(seen, { a: 'yes', b: 'yes' }),
    proxiesAcceptBridge: proxiesAcceptBridge(seen),
    leavesVerifyUnder: leavesVerifyUnder(seen, held.B),
  };
  for (const [condition, convergence] of Object.entries(judged)) {
    it(`stands in the way of ${condition}: nobody knows what it holds`, () => {
      assert.ok(names(convergence).includes('ExternalWorkload shop/vm-1'));
    });
  }
});
