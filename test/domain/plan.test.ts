import assert from 'node:assert/strict';
import { hardDeadlineMs } from '../../domain/deadline.ts';
import type { PlanInputs } from '../../domain/plan.ts';
import { anchorLabel, makePlan, planIdentity, resumeAt } from '../../domain/plan.ts';
import { fakeCertificate } from '../support/fake-certificates.ts';
import {
  bothAnchors as both,
  halfway,
  inventory,
  plainRequest,
  planInputs,
  workload,
} from '../support/plan-builder.ts';
import { anchorA, anchorB, bundle, signer, survey, uniform } from '../support/survey-builder.ts';

const dayMs = 24 * 60 * 60_000;

describe('a plan', () => {
  it('for a mesh at rest is the whole bridge, without blockers', () => {
    const plan = makePlan(planInputs());

    assert.deepEqual(plan.blockers, []);
    assert.equal(plan.method, 'bridge');
    assert.deepEqual(plan.phases, [
      'Preflight',
      'PinningSigner',
      'RenewingTrustAnchor',
      'BridgingIdentityIssuer',
      'ReplacingLeaves',
      'RetiringTrustAnchor',
      'ReleasingBridge',
      'Verifying',
    ]);
    assert.equal(plan.rotationId, anchorLabel(plan.anchors.a));
    assert.equal(plan.anchors.b, undefined);
    assert.deepEqual([plan.proxies, plan.workloads, plan.passes, plan.restarts], [3, 2, 1, 2]);
  });

  it('for a rotation that was begun has the phases that are left', () => {
    const plan = makePlan(halfway());

    assert.equal(plan.phases[1], 'BridgingIdentityIssuer');
    assert.equal(plan.anchors.b?.fingerprint, anchorB.fingerprint);
  });

  it('by overlap goes on from both anchors in the bundle by spreading them', () => {
    const plan = makePlan(halfway({ request: { ...plainRequest, method: 'overlap' } }));

    assert.equal(plan.phases[1], 'PropagatingTrustRoots');
    assert.equal(resumeAt('bridge', 'BridgingIdentityIssuer'), 'BridgingIdentityIssuer');
    assert.equal(resumeAt('overlap', 'RetiringTrustAnchor'), 'RetiringTrustAnchor');
  });

  it('off the map has no phases, but the reason as a blocker', () => {
    const plan = makePlan(planInputs({ survey: uniform('A', 'b', { trustAnchor: anchorA }) }));

    assert.deepEqual(plan.phases, []);
    assert.equal(plan.blockers[0]?.what, 'cluster');
  });

  it('counts waves by the size of a wave, for each pass that the pace forces', () => {
    const many = Array.from({ length: 21 }, (_, index) => workload(`web-${index}`));
    const urgent = makePlan(
      planInputs({
        inventory: inventory({ workloads: many }),
        request: { ...plainRequest, pace: 'urgent' },
      }),
    );

    assert.deepEqual([urgent.passes, urgent.wavesPerPass, urgent.restarts], [2, 3, 42]);
  });

  it('expects leaves to take most of their life, and ordinary deploys their own time', () => {
    const at = (pace: 'natural' | 'steady' | 'urgent'): number =>
      makePlan(planInputs({ request: { ...plainRequest, pace } })).expectedDurationMs;

    assert.ok(at('steady') > 0.7 * dayMs);
    assert.ok(at('urgent') < 0.1 * dayMs);
    assert.ok(at('natural') > 14 * dayMs);
  });

  it('ends at the hard deadline before the end of A', () => {
    const { hardDeadline } = makePlan(planInputs());

    assert.ok(Date.parse(hardDeadline) < Date.parse(anchorA.notAfter) - 2 * dayMs);
  });

  it('keeps its identity while only counts change, and loses it with the method or a blocker', () => {
    const one = planIdentity(makePlan(planInputs()));
    const moreWorkloads = planInputs({ inventory: inventory({ workloads: [workload('web')] }) });
    const overlap = planInputs({ request: { ...plainRequest, method: 'overlap' } });
    const late = planInputs({ inventory: inventory({ clockLagMs: 60_000 }) });

    assert.equal(planIdentity(makePlan(moreWorkloads)), one);
    assert.notEqual(planIdentity(makePlan(overlap)), one);
    assert.notEqual(planIdentity(makePlan(late)), one);
  });
});

describe('the risks of a plan', () => {
  function risks(inputs: PlanInputs): string {
    return makePlan(inputs).risks.join('\n');
  }

  it('are none where there is none', () => {
    assert.deepEqual(makePlan(planInputs()).risks, []);
  });

  it('name an old cert-manager, a short path length, the natural pace and single replicas', () => {
    const short = fakeCertificate({ subject: 'CN=root', key: 'A', isCa: true, pathLength: 0 });

    assert.match(
      risks(planInputs({ inventory: inventory({ certManager: { canDisableRenewal: false } }) })),
      /cannot switch the automatic renewal/,
    );
    assert.match(
      risks(planInputs({ inventory: inventory({ writesBundle: true }) })),
      /^the rotation writes the trust bundle itself: where Helm/,
    );
    assert.match(
      risks(planInputs({ anchors: { a: { certificate: short, pem: '' } } })),
      /path length 0/,
    );
    assert.match(
      risks(planInputs({ request: { ...plainRequest, pace: 'natural' } })),
      /not for a compromised anchor/,
    );
    assert.match(
      risks(planInputs({ inventory: inventory({ workloads: [workload('one', { proxies: 1 })] }) })),
      /1 workloads have one replica/,
    );
  });
});

describe('the method of a plan', () => {
  const keyless = inventory({
    anchor: { ...inventory().anchor, hasKey: false, previousHasKey: false },
  });

  it('is the overlap where the key of A is out of reach, before and after the renewal', () => {
    for (const inputs of [planInputs({ inventory: keyless }), halfway({ inventory: keyless })]) {
      const plan = makePlan(inputs);
      assert.equal(plan.method, 'overlap');
      assert.match(plan.methodBecause, /key of the anchor in use is not in the cluster/);
    }
  });

  it('leaves the pin out where nothing can sign with A, and says what that means', () => {
    const inputs = unpinned();
    const plan = makePlan(inputs);

    assert.deepEqual(plan.phases.slice(0, 3), [
      'Preflight',
      'RenewingTrustAnchor',
      'PropagatingTrustRoots',
    ]);
    assert.match(plan.risks.join('; '), /cannot be pinned, .* no way back/);
    assert.equal(plan.unpinned, true);
    assert.deepEqual(plan.blockers, []);
  });

  it('is blocked where the issuer would be renewed under B before everyone holds that', () => {
    const renewalTime = new Date(Date.parse(survey().takenAt) + 1_000).toISOString();
    const issuer = { ...keyless.issuer, renewalTime };
    const [only, ...others] = makePlan(unpinned({ ...keyless, issuer })).blockers;

    assert.deepEqual(others, []);
    assert.equal(only?.what, 'identity issuer Certificate');
    assert.match(only.reason, /the signer cannot be pinned/);
  });

  /** The anchor was renewed by hand, and A's key went with it. */
  function unpinned(found = keyless): PlanInputs {
    const mesh = uniform('A', 'a', { bundle: bundle('A,B') });
    return planInputs({ survey: mesh, anchors: both, inventory: found });
  }

  it('is what a person asks for, with a blocker where that is impossible', () => {
    const wish = { ...plainRequest, method: 'bridge' } as const;

    assert.equal(makePlan(planInputs({ request: wish })).methodBecause, 'asked for');
    assert.deepEqual(
      makePlan(planInputs({ request: wish, inventory: keyless })).blockers.map(({ what }) => what),
      ['method bridge'],
    );
  });

  it('is what the cluster has begun, whatever is asked for', () => {
    const mesh = uniform('A,B', 'x', { signer: signer('bridge') });
    const inputs = planInputs({ survey: mesh, anchors: both });
    const wish = { ...inputs, request: { ...plainRequest, method: 'overlap' } } as const;

    assert.deepEqual(makePlan(inputs).blockers, []);
    assert.equal(makePlan(wish).method, 'bridge');
    assert.deepEqual(
      makePlan(wish).blockers.map(({ what }) => what),
      ['method overlap'],
    );
  });
});

describe('the hard deadline', () => {
  it('lies two leaf lifetimes and a margin before the end of A or of the bridge', () => {
    const deadlineOf = (...endsMs: number[]): number =>
      hardDeadlineMs({
        ends: [...endsMs.map((ms) => new Date(ms).toISOString()), undefined],
        leafLifetimeMs: 100,
        marginMs: 10,
      });

    assert.equal(deadlineOf(1_000), 790);
    assert.equal(deadlineOf(1_000, 900), 690);
    assert.equal(deadlineOf(1_000, 2_000), 790);
  });

  it('is a blocker when the rotation would end after it', () => {
    const soon = fakeCertificate({
      subject: 'CN=root',
      key: 'A',
      isCa: true,
      notAfter: '2026-06-03T00:00:00.000Z',
    });
    const plan = makePlan(
      planInputs({ survey: survey(), anchors: { a: { certificate: soon, pem: '' } } }),
    );

    assert.deepEqual(
      plan.blockers.map(({ what }) => what),
      ['hard deadline'],
    );
  });
});
