import assert from 'node:assert/strict';
import type { PlanInputs } from '../../domain/plan.ts';
import { makePlan } from '../../domain/plan.ts';
import { inventory, plainRequest, planInputs } from '../support/plan-builder.ts';
import { anchorA, anchorB, issuer, objects, signer, uniform } from '../support/survey-builder.ts';

const importedBridge = { anchor: 'certManager', bridge: 'imported' } as const;
const importedAnchor = { anchor: 'imported', bridge: 'certManager' } as const;
const keyElsewhere = inventory({
  anchor: { ...inventory().anchor, hasKey: false, previousHasKey: false },
});
const both = {
  a: { certificate: anchorA, pem: 'pem of A' },
  b: { certificate: anchorB, pem: 'pem of B' },
};
/** A person has renewed the anchor; what signs now is B, and the key of A is elsewhere. */
const exposed: Partial<PlanInputs> = {
  anchors: both,
  inventory: keyElsewhere,
  survey: uniform('A', 'a', { signer: signer('trust-anchor') }),
};

describe('a plan with an imported bridge', () => {
  it('is the whole bridge, with a pin, where the key of the anchor in use is elsewhere', () => {
    const plan = makePlan(
      planInputs({ ...exposed, request: { ...plainRequest, sources: importedBridge } }),
    );

    assert.deepEqual(plan.blockers, []);
    assert.equal(plan.method, 'bridge');
    assert.equal(plan.methodBecause, 'the owner of the anchor in use cross-signs its successor');
    assert.deepEqual(plan.phases.slice(1, 4), [
      'PinningSigner',
      'RenewingTrustAnchor',
      'BridgingIdentityIssuer',
    ]);
    assert.ok(plan.risks.some((risk) => /nothing renews the identity issuer/.test(risk)));
  });

  it('is an overlap without a pin where nobody hands a bridge in', () => {
    const plan = makePlan(planInputs(exposed));

    assert.equal(plan.method, 'overlap');
    assert.ok(!plan.phases.includes('PinningSigner'));
  });

  it('is blocked by an issuer that would end before the bridge could be there', () => {
    const ending = { ...issuer('a').certificate, notAfter: '2026-06-01T00:00:01.000Z' };
    const survey = uniform('A', 'a', { issuer: { ...issuer('a'), certificate: ending } });
    const request = { ...plainRequest, sources: importedBridge };
    const blockers = (more: Partial<PlanInputs>): readonly string[] =>
      makePlan(planInputs({ survey, request, ...more })).blockers.map(({ what }) => what);

    assert.deepEqual(blockers({ inventory: keyElsewhere }), ['identity issuer']);
    assert.deepEqual(blockers({}), [], 'with the key in the cluster it is renewed');
  });

  it('leaves behind a pin that an overlap has to know of', () => {
    const ending = { ...issuer('a').certificate, notAfter: '2026-06-01T00:00:01.000Z' };
    const held = uniform('A', 'a', {
      signer: signer('previous-anchor'),
      issuer: { ...issuer('a'), certificate: ending },
    });
    const plan = makePlan(
      planInputs({
        ...exposed,
        survey: held,
        request: { ...plainRequest, method: 'overlap' },
      }),
    );

    assert.deepEqual(
      plan.blockers.map(({ what }) => what),
      ['identity issuer'],
    );
  });

  it('is blocked by the wish for an overlap, which makes none', () => {
    const request = { ...plainRequest, method: 'overlap', sources: importedBridge } as const;

    assert.deepEqual(
      makePlan(planInputs({ request })).blockers.map(({ what }) => what),
      ['imported bridge'],
    );
  });
});

describe('a plan with an imported anchor', () => {
  it('asks for no setting of a Certificate that is not there, and says that it waits', () => {
    const { rotationPolicy: _unset, ...anchor } = inventory().anchor;
    const unmanaged = inventory({ anchor });
    const plan = makePlan(
      planInputs({
        inventory: unmanaged,
        request: { ...plainRequest, sources: importedAnchor },
      }),
    );

    assert.deepEqual(plan.blockers, []);
    assert.ok(plan.risks.some((risk) => /handed its pair in/.test(risk)));
    assert.deepEqual(
      makePlan(planInputs({ inventory: unmanaged })).blockers.map(({ what }) => what),
      ['trust anchor Certificate'],
    );
  });

  it('says nothing of a wait once the anchor is there', () => {
    const plan = makePlan(
      planInputs({
        anchors: both,
        survey: uniform('A', 'a', objects({ trustAnchor: anchorB })),
        request: { ...plainRequest, sources: importedAnchor },
      }),
    );

    assert.ok(!plan.risks.some((risk) => /handed its pair in/.test(risk)));
  });
});
