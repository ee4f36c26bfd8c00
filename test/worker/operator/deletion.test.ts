import assert from 'node:assert/strict';
import { conditionOf } from '../../acceptance/support/rotation-resource.ts';
import type { ResourceInUse } from '../../acceptance/support/rotation-resource.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { FakeEngine } from './fake-engine.ts';
import type { OperatorBench } from './operator-bench.ts';
import { startOperatorBench } from './operator-bench.ts';

describe('the operator of a resource that is deleted', () => {
  let bench: OperatorBench;
  let resource: ResourceInUse;
  let engine: FakeEngine;

  beforeEach(async () => {
    bench = await startOperatorBench();
    ({ resource, engine } = bench);
  });

  afterEach(() => bench.stop());

  it('keeps a deleted resource until the rotation has left the mesh safely', async () => {
    await bench.atRest();
    engine.run({});
    await resource.delete();
    await waitFor(() => engine.calls.includes('abort'), { what: 'the abort' });
    const status = await resource.until(
      'why it is kept',
      (now) => conditionOf(now, 'SpecAccepted') === 'Unknown/Waiting',
    );
    assert.match(
      status.conditions.find(({ type }) => type === 'SpecAccepted')?.message ?? '',
      /goes once the rotation has stopped where the mesh is safe/,
    );
    await bench.passes(5);
    assert.deepEqual(engine.calls, ['abort']);
    engine.end('held');
    await resource.untilGone();
  });

  it('keeps it to the end where only the way forward is safe', async () => {
    engine.answer = { accepted: false, text: 'the old anchor has left the bundle' };
    await bench.atRest();
    engine.run({});
    await resource.delete();
    const status = await resource.until(
      'why it is kept',
      (now) => conditionOf(now, 'SpecAccepted') === 'Unknown/Waiting',
    );
    assert.match(
      status.conditions.find(({ type }) => type === 'SpecAccepted')?.message ?? '',
      /ended by itself: the old anchor has left the bundle/,
    );
    engine.end('completed');
    await resource.untilGone();
  });

  for (const [who, silence, text] of [
    ['Temporal', () => (engine.unreachable = 'connection refused'), /once Temporal answers/],
    ['a worker', () => engine.runUnseen(), /once a worker answers for it/],
  ] as const) {
    it(`says of a deleted resource that it waits for ${who} to answer`, async () => {
      await bench.atRest();
      silence();
      await resource.delete();
      const { conditions } = await resource.until(
        'why it is kept',
        (now) => conditionOf(now, 'SpecAccepted') === 'Unknown/Waiting',
      );
      assert.match(conditions.find(({ type }) => type === 'SpecAccepted')?.message ?? '', text);
      engine.unreachable = undefined;
      engine.run({});
      engine.end('held');
      await resource.untilGone();
    });
  }
});
