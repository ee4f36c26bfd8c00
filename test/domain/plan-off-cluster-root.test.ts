import assert from 'node:assert/strict';
import { makePlan } from '../../domain/plan.ts';
import { halfway, inventory, plainRequest, planInputs } from '../support/plan-builder.ts';
import { anchorA } from '../support/survey-builder.ts';

describe('a plan between anchors whose keys are never in the cluster', () => {
  const sources = { anchor: 'imported', bridge: 'certManager' } as const;
  const imports = { ...plainRequest, sources };
  const having = (
    more: Partial<ReturnType<typeof inventory>['anchor']>,
  ): ReturnType<typeof inventory> => inventory({ anchor: { ...inventory().anchor, ...more } });

  it('overlaps from one that an intermediate CA signs for, under a pin', () => {
    const before = having({
      intermediateNotAfter: anchorA.notAfter,
      previousIntermediateNotAfter: anchorA.notAfter,
    });
    const after = having({ previousIntermediateNotAfter: anchorA.notAfter });
    for (const inputs of [
      planInputs({ inventory: before, request: imports }),
      halfway({ inventory: after, request: imports }),
    ]) {
      const { method, methodBecause, phases, blockers } = makePlan(inputs);
      assert.equal(method, 'overlap');
      assert.match(methodBecause, /not in the cluster, where an intermediate CA signs for it$/);
      // What signs for the anchor can be pinned to: no issuer is renewed under the next one meanwhile.
      assert.equal(phases.includes('PinningSigner'), inputs.anchors.b === undefined);
      assert.deepEqual(blockers, []);
    }
  });

  it('bridges from it where its owner signs, to an anchor with its own key', () => {
    const request = {
      ...plainRequest,
      sources: { anchor: 'imported', bridge: 'imported' },
    } as const;
    const plan = makePlan(
      planInputs({ inventory: having({ intermediateNotAfter: anchorA.notAfter }), request }),
    );
    assert.equal(plan.method, 'bridge');
    assert.deepEqual(plan.blockers, []);
  });

  it('overlaps to one that is handed in, and refuses a bridge to it that is to be handed in', () => {
    const found = { inventory: having({ nextHasIntermediate: true }) };
    const plan = makePlan(planInputs({ ...found, request: imports }));
    assert.equal(plan.method, 'overlap');
    assert.match(plan.methodBecause, /so nothing there can ask for one$/);
    assert.equal(makePlan(planInputs(found)).method, 'bridge', 'where it is not to be taken over');

    const request = {
      ...plainRequest,
      sources: { anchor: 'imported', bridge: 'imported' },
    } as const;
    const [blocker, ...others] = makePlan(planInputs({ ...found, request })).blockers;
    assert.deepEqual(others, []);
    assert.equal(blocker?.what, 'imported bridge');
    assert.match(blocker.remedy, /the plan then overlaps$/);
  });

  it('has to end before the intermediate CA does, before and after the next anchor is there', () => {
    const end = '2026-09-01T00:00:00.000Z';
    const [plain, before, after] = [
      makePlan(planInputs({ request: imports })),
      makePlan(planInputs({ request: imports, inventory: having({ intermediateNotAfter: end }) })),
      makePlan(
        halfway({ request: imports, inventory: having({ previousIntermediateNotAfter: end }) }),
      ),
    ];
    assert.equal(before.anchors.a.intermediateNotAfter, end);
    assert.equal(after.anchors.a.intermediateNotAfter, end);
    assert.equal(before.hardDeadline, after.hardDeadline);
    assert.equal(
      Date.parse(plain.hardDeadline) - Date.parse(before.hardDeadline),
      Date.parse(anchorA.notAfter) - Date.parse(end),
    );
  });

  it('is none where cert-manager is to make the next one: it has no root to renew', () => {
    const plan = makePlan(
      planInputs({ inventory: having({ intermediateNotAfter: anchorA.notAfter }) }),
    );
    assert.match(
      plan.blockers.map(({ reason }) => reason).join(),
      /would renew an intermediate CA/,
    );
  });
});
