import assert from 'node:assert/strict';
import type { PlanQuestion } from '../../activities/plan.ts';
import { planHash, planRotation } from '../../activities/plan.ts';
import { documentedObjects } from '../../domain/objects.ts';
import { defaultRestartLimits, defaultTimings } from '../../domain/rotation-request.ts';
import { anchorA, anchorB, proxy, survey } from '../support/survey-builder.ts';
import { surveyorOf } from './activity-fixture.ts';

const question: PlanQuestion = {
  method: 'auto',
  pace: 'steady',
  restarts: defaultRestartLimits,
  timings: defaultTimings,
  exceptions: [],
  objects: documentedObjects,
  replaces: '',
};

describe('planRotation', () => {
  it('surveys without probes, and tells what it found', async () => {
    const texts: string[] = [];

    const found = await planRotation(surveyorOf(survey()), question, {
      onProgress: (text) => texts.push(text),
    });

    assert.equal(found.plan.method, 'bridge');
    assert.equal(found.anchors.a.certificate, anchorA);
    assert.equal(found.anchors.b, undefined);
    assert.equal(found.leafLifetimeMs, 86_400_000);
    assert.equal(found.alreadyRotated, false);
    assert.deepEqual(texts, ['asking']);
  });

  it('answers "already rotated" when the anchor to be replaced is not in use any more', async () => {
    const ask = async (replaces: string): Promise<boolean> =>
      (await planRotation(surveyorOf(survey()), { ...question, replaces })).alreadyRotated;

    assert.equal(await ask(anchorB.fingerprint), true);
    assert.equal(await ask(anchorA.fingerprint), false);
    assert.equal(await ask(''), false);
  });
});

describe('planHash', () => {
  it('stays what it is when only pods come and go, and changes with what a person agrees to', async () => {
    const mesh = survey();
    const more = { ...mesh, proxies: [...mesh.proxies, proxy('cart', 'A', 'a')] };
    const linked = {
      ...mesh,
      outsiders: [{ kind: 'Link', namespace: 'multicluster', name: 'west' }],
    };
    const plan = await planRotation(surveyorOf(mesh), question);

    assert.match(plan.planHash, /^[0-9a-f]{12}$/);
    assert.equal(plan.planHash, planHash(plan.plan));
    assert.equal((await planRotation(surveyorOf(more), question)).planHash, plan.planHash);
    const changed = [
      await planRotation(surveyorOf(linked), question),
      await planRotation(surveyorOf(mesh), { ...question, pace: 'urgent' }),
      await planRotation(surveyorOf(mesh), { ...question, method: 'overlap' }),
    ];
    const hashes = new Set([plan, ...changed].map((one) => one.planHash));
    assert.equal(hashes.size, 4);
  });
});
