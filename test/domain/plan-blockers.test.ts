import assert from 'node:assert/strict';
import type { Inventory } from '../../domain/inventory.ts';
import type { PlanInputs } from '../../domain/plan.ts';
import { makePlan } from '../../domain/plan.ts';
import { successorFaults } from '../../domain/successor.ts';
import { fakeCertificate } from '../support/fake-certificates.ts';
import { inventory, plainRequest, planInputs, workload } from '../support/plan-builder.ts';
import { anchorA, anchorB, identity, issuer, objects, survey } from '../support/survey-builder.ts';

function blockers(more: Partial<PlanInputs>): readonly string[] {
  return makePlan(planInputs(more)).blockers.map(({ what }) => what);
}

function anchorSetting(more: Partial<Inventory['anchor']>): Inventory {
  return inventory({ anchor: { ...inventory().anchor, ...more } });
}

describe('blockers of a plan', () => {
  it('are what was found while looking', () => {
    const obstacle = { what: 'right', reason: 'may not patch', remedy: 'grant it' };

    assert.deepEqual(blockers({ inventory: inventory({ obstacles: [obstacle] }) }), ['right']);
  });

  it('are a renewal that may keep the key of the anchor', () => {
    for (const settings of [{ rotationPolicy: 'Never' }, undefined]) {
      const { rotationPolicy: _always, ...unset } = inventory().anchor;
      const anchor = { ...unset, ...settings };

      assert.deepEqual(blockers({ inventory: inventory({ anchor }) }), [
        'trust anchor Certificate',
      ]);
    }
  });

  it('are an anchor in use that has ended, and nothing else: that is an outage', () => {
    const ended = fakeCertificate({
      subject: 'CN=root',
      key: 'A',
      isCa: true,
      notAfter: '2026-05-01T00:00:00.000Z',
    });

    assert.deepEqual(blockers({ anchors: { a: { certificate: ended, pem: '' } } }), [
      'trust anchor in use',
    ]);
    // Left over in a bundle or a pod, while leaves are issued under the next: no outage.
    const anchors = { a: { certificate: ended, pem: '' }, b: { certificate: anchorB, pem: '' } };
    const leftOver = survey({ objects: objects({ issuer: issuer('b') }) });
    assert.ok(!blockers({ anchors, survey: leftOver }).includes('trust anchor in use'));
  });

  it('are an issuer with the subject of the anchor', () => {
    const clash = {
      ...issuer('a'),
      certificate: { ...issuer('a').certificate, subject: 'CN=root' },
    };

    assert.deepEqual(blockers({ survey: survey({ objects: objects({ issuer: clash }) }) }), [
      'identity issuer',
    ]);
  });

  it('are a renewal of the anchor that falls due on the way and cannot be switched off', () => {
    const old = { certManager: { canDisableRenewal: false } };
    const due = (renewalTime: string): readonly string[] =>
      blockers({ inventory: { ...anchorSetting({ renewalTime }), ...old } });

    assert.deepEqual(due('2026-06-02T00:00:00.000Z'), ['trust anchor Certificate']);
    assert.deepEqual(due('2026-12-31T00:00:00.000Z'), []);
  });

  it('are workloads that cannot be restarted, where restarts are forced and they are not excepted', () => {
    const stuck = inventory({ workloads: [workload('web', { cannotRestart: 'it is paused' })] });
    const exception = { name: 'Deployment shop/web', by: 'ann', reason: 'by hand' };

    assert.deepEqual(blockers({ inventory: stuck }), ['Deployment shop/web']);
    assert.deepEqual(
      blockers({ inventory: stuck, request: { ...plainRequest, pace: 'natural' } }),
      [],
    );
    assert.deepEqual(
      blockers({ inventory: stuck, request: { ...plainRequest, exceptions: [exception] } }),
      [],
    );
  });

  it('are members outside the cluster', () => {
    const outsiders = [{ kind: 'Link', namespace: 'multicluster', name: 'west' }];

    assert.deepEqual(blockers({ survey: survey({ outsiders }) }), ['Link multicluster/west']);
  });

  it('are identity replicas that nobody can ever see take an issuer up', () => {
    const mute = identity('A', 'a', { isIssuerUntold: true });
    assert.deepEqual(blockers({ survey: survey({ identity: [mute] }) }), [
      `identity replica ${mute.pod}`,
    ]);
  });

  it('are node clocks more than five seconds behind', () => {
    assert.deepEqual(blockers({ inventory: inventory({ clockLagMs: 5_000 }) }), []);
    assert.deepEqual(blockers({ inventory: inventory({ clockLagMs: 5_001 }) }), ['node clocks']);
  });

  it('are the natural pace with an overlap', () => {
    assert.deepEqual(
      blockers({ request: { ...plainRequest, method: 'overlap', pace: 'natural' } }),
      ['pace natural'],
    );
  });

  it('are the faults of a successor that is there already', () => {
    const anchors = {
      a: { certificate: anchorA, pem: '' },
      b: { certificate: { ...anchorB, isCa: false }, pem: '' },
    };
    const mesh = survey({ objects: objects({ trustAnchor: anchorB }) });

    assert.deepEqual(blockers({ survey: mesh, anchors }), ['new trust anchor']);
  });
});

describe('successorFaults', () => {
  it('finds none in a fresh anchor', () => {
    assert.deepEqual(successorFaults(anchorB, anchorA), []);
  });

  it('names every fault', () => {
    const unfit = {
      ...anchorA,
      isCa: false,
      keyAlgorithm: 'RSA 2048',
      issuer: 'CN=elsewhere',
      notBefore: '2025-01-01T00:00:00.000Z',
      notAfter: '2026-07-01T00:00:00.000Z',
    };

    const reasons = successorFaults(unfit, anchorA).map(({ reason }) => reason);

    assert.deepEqual(reasons, [
      'is not a CA',
      'has a key of type RSA 2048, Linkerd wants ECDSA P-256',
      'is not self-signed',
      'has the key of the anchor before, so nothing would be rotated',
      'is older than the anchor in use',
    ]);
  });
});
