import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { InvariantName, Mutation } from '../../domain/invariants.ts';
import { refusals } from '../../domain/invariants.ts';
import type { Survey } from '../../domain/survey.ts';
import { canTalk } from '../../domain/trust.ts';
import { forgettings, surveyArbitrary } from '../support/arbitraries.ts';
import {
  bundle,
  held,
  identity,
  identityProxy,
  injector,
  issuer,
  leaf,
  objects,
  proxy,
  survey,
  uniform,
} from '../support/survey-builder.ts';

const sign = { a: letSign('a'), x: letSign('x'), b: letSign('b') };
const retire: Mutation = { kind: 'write-bundle-source', remaining: held.B };
const restart: Mutation = { kind: 'restart' };

function letSign(kind: 'a' | 'x' | 'b'): Mutation {
  return { kind: 'let-issuer-sign', issuer: kind };
}

/** `I1: pod shop/web-1`: which invariant refuses and who stands in the way. */
function refused(full: Survey, mutation: Mutation): readonly string[] {
  return refusals(full, mutation).flatMap(({ invariant, because }) =>
    because.laggards.map(({ what }) => `${invariant}: ${what}`),
  );
}

function invariantNames(full: Survey, mutation: Mutation): readonly InvariantName[] {
  return refusals(full, mutation).map(({ invariant }) => invariant);
}

describe('an issuer that is to start to sign', () => {
  it('is allowed under B alone once every verifier and the bundle hold B', () => {
    assert.deepEqual(refused(uniform('A,B', 'a'), sign.b), []);
    assert.deepEqual(refused(uniform('B', 'x'), sign.b), []);
  });

  it('is refused under B with exactly the verifiers that hold only A', () => {
    const mesh: Survey = {
      ...uniform('A,B', 'a'),
      proxies: [proxy('web', 'A,B', 'a'), proxy('db', 'A', 'a'), identityProxy('A,B', 'a')],
      identity: [identity('A,B', 'a'), identity('A', 'a', { pod: 'linkerd-identity-2' })],
    };

    assert.deepEqual(refused(mesh, sign.b), [
      'I1: pod shop/db-1',
      'I1: identity replica linkerd-identity-2',
    ]);
  });

  it('is refused for a pod that has not started and for one that is going, like for any live one', () => {
    for (const lifecycle of ['pending', 'terminating'] as const) {
      const late = proxy('late', 'A', 'none', { lifecycle });
      const mesh = { ...uniform('A,B', 'a'), proxies: [late] };

      assert.deepEqual(refused(mesh, sign.b), ['I1: pod shop/late-1']);
    }
  });

  it('is refused while a verifier is unknown', () => {
    const mesh = { ...uniform('A,B', 'a'), proxies: [proxy('web', 'unknown', 'a')] };

    assert.deepEqual(refused(mesh, sign.b), ['I1: pod shop/web-1']);
  });

  it('is refused under B while the bundle does not hold B: the next identity process would die', () => {
    const mesh = uniform('A,B', 'a', { bundle: bundle('A') });

    assert.deepEqual(refused(mesh, sign.b), ['I3: trust bundle']);
    assert.deepEqual(refused(mesh, sign.x), []);
  });

  it('is allowed behind the bridge whatever verifiers hold, as long as each accepted the probe', () => {
    assert.deepEqual(refused(uniform('A', 'a'), sign.x), []);
    assert.deepEqual(refused(uniform('A,B', 'a'), sign.x), []);
  });

  it('is refused behind the bridge for a proxy that refused the probe or was not asked', () => {
    const mesh: Survey = {
      ...uniform('A,B', 'a'),
      proxies: [
        proxy('old', 'A', 'a', { acceptsBridge: 'no' }),
        proxy('mute', 'A', 'a', { acceptsBridge: 'unknown' }),
        proxy('web', 'A', 'a'),
      ],
    };

    assert.deepEqual(refused(mesh, sign.x), ['I1: pod shop/old-1', 'I1: pod shop/mute-1']);
  });

  it('is allowed under A again while every verifier holds A, and refused once one does not', () => {
    assert.deepEqual(refused(uniform('A,B', 'x'), sign.a), []);
    const late = { ...uniform('A,B', 'x'), proxies: [proxy('new', 'B', 'x')] };

    assert.deepEqual(refused(late, sign.a), ['I1: pod shop/new-1']);
    assert.deepEqual(invariantNames(uniform('B', 'x'), sign.a), ['I1', 'I3']);
  });

  it('is not held up by verifiers where the issuer in the Secret is of that kind already', () => {
    const mesh: Survey = { ...uniform('A,B', 'a'), proxies: [proxy('web', 'unknown', 'a')] };

    assert.deepEqual(refused(mesh, sign.a), []);
  });
});

describe('a write to a source of the bundle', () => {
  it('may drop A once every live leaf and every issuer verify under B', () => {
    assert.deepEqual(refused(uniform('A,B', 'x'), retire), []);
    assert.deepEqual(refused(uniform('A,B', 'b'), retire), []);
    assert.deepEqual(refused(uniform('A', 'x'), retire), []);
  });

  it('may not drop A while a proxy presents a, expired or unknown leaves', () => {
    const mesh: Survey = {
      ...uniform('A,B', 'x'),
      proxies: [
        proxy('one', 'A,B', 'a'),
        proxy('two', 'A,B', 'expired'),
        proxy('three', 'A,B', 'unknown'),
        proxy('four', 'A,B', 'none'),
        proxy('five', 'A,B', 'b'),
      ],
    };

    assert.deepEqual(refused(mesh, retire), [
      'I2: pod shop/one-1',
      'I2: pod shop/two-1',
      'I2: pod shop/three-1',
    ]);
  });

  it('may not drop A while an identity replica signs under it, although the Secret moved on', () => {
    const mesh = { ...uniform('A,B', 'x'), identity: [identity('A,B', 'a')] };

    assert.deepEqual(refused(mesh, retire), ['I2: identity replica linkerd-identity-1']);
  });

  it('may not drop A while the issuer in the Secret is under it', () => {
    const mesh = { ...uniform('A,B', 'x'), objects: objects({ issuer: issuer('a') }) };

    assert.deepEqual(refused(mesh, retire), [
      'I2: issuer in the Secret',
      'I3: issuer in the Secret',
    ]);
  });

  it('may bring B in beside A at any time', () => {
    const renew: Mutation = { kind: 'write-bundle-source', remaining: held.A };

    assert.deepEqual(refused(survey(), renew), []);
  });

  it('is refused where nothing is certain to remain', () => {
    const renew: Mutation = { kind: 'write-bundle-source', remaining: held.none };

    assert.deepEqual(invariantNames(survey(), renew), ['I2', 'I3']);
  });
});

describe('a restart', () => {
  it('is allowed while what comes back can talk to every live proxy', () => {
    assert.deepEqual(refused(survey(), restart), []);
    assert.deepEqual(refused(uniform('A,B', 'a'), restart), []);
    assert.deepEqual(refused(uniform('B', 'x'), restart), []);
  });

  it('is refused while what comes back would refuse a live leaf', () => {
    const mesh: Survey = { ...uniform('B', 'x'), proxies: [proxy('web', 'A,B', 'a')] };

    assert.deepEqual(refused(mesh, restart), ['I2: pod shop/web-1']);
  });

  it('is not refused by the expired, missing or unseen leaf that it may be the cure for', () => {
    const mesh: Survey = {
      ...uniform('B', 'x'),
      proxies: [
        proxy('one', 'A', 'expired'),
        proxy('two', 'A', 'none'),
        proxy('three', 'A', 'unknown'),
      ],
    };

    assert.deepEqual(refused(mesh, restart), []);
  });

  it('is refused while the issuer in the Secret does not verify under the bundle', () => {
    const mesh = uniform('A,B', 'b', { bundle: bundle('A') });

    assert.deepEqual(refused({ ...mesh, proxies: [] }, restart), ['I3: issuer in the Secret']);
  });

  it('is refused while what the bundle holds is unknown', () => {
    const mesh = uniform('A,B', 'x', { bundle: bundle('unknown') });

    assert.deepEqual(invariantNames(mesh, restart), ['I2', 'I3']);
  });
});

const everyMutation = fc.constantFrom<Mutation>(sign.a, sign.x, sign.b, retire, restart);

describe('every refusal', () => {
  it('stays when a verifier, a replica or an injector is known less well', () => {
    // A leaf that nobody sees any more must not forbid the restart that may cure it: left out here.
    const mutations = fc.constantFrom<Mutation>(sign.a, sign.x, sign.b, retire);
    fc.assert(
      fc.property(surveyArbitrary, mutations, (full, mutation) => {
        if (refusals(full, mutation).length === 0) return;
        for (const less of forgettings(full)) {
          assert.notEqual(refusals(less, mutation).length, 0);
        }
      }),
    );
  });

  it('names at least one laggard with a reason and a remedy', () => {
    fc.assert(
      fc.property(surveyArbitrary, everyMutation, (full, mutation) => {
        for (const { because } of refusals(full, mutation)) {
          assert.ok(because.laggards.length > 0);
          assert.ok(because.laggards.every(({ reason, remedy }) => reason !== '' && remedy !== ''));
        }
      }),
    );
  });

  it('stands wherever the mutation would produce a leaf that some live verifier refuses', () => {
    fc.assert(
      fc.property(surveyArbitrary, fc.constantFrom('a', 'x', 'b'), (full, kind) => {
        if (full.objects.issuer.under === issuer(kind).under) return;
        if (refusals(full, letSign(kind)).length > 0) return;
        const fresh = { holds: held['A,B'], presents: leaf[kind] };
        for (const live of full.proxies.filter(({ presents }) => presents.leaf === 'valid')) {
          assert.notEqual(canTalk(live, fresh), 'no');
        }
      }),
    );
  });

  it('does not depend on injectors', () => {
    assert.deepEqual(refused({ ...uniform('A,B', 'a'), injectors: [injector('A')] }, sign.b), []);
  });
});
