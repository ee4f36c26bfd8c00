import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { ResourceInUse } from '../../acceptance/support/rotation-resource.ts';
import { conditionOf } from '../../acceptance/support/rotation-resource.ts';
import type { FakeEngine } from './fake-engine.ts';
import type { OperatorBench } from './operator-bench.ts';
import { startOperatorBench } from './operator-bench.ts';

describe('a status that another hand writes to', () => {
  let bench: OperatorBench;
  let resource: ResourceInUse;
  let engine: FakeEngine;

  beforeEach(async () => {
    bench = await startOperatorBench();
    ({ resource, engine } = bench);
  });

  afterEach(() => bench.stop());

  it('is put right', async () => {
    await bench.atRest();
    await bench.passes(3);
    await resource.patchStatus({ phase: 'Verifying', progress: 'all is well', conditions: [] });
    await resource.until(
      'what it was',
      ({ phase, progress }) => phase === 'Idle' && progress === '',
    );
    engine.run({});
    await resource.until('the rotation', ({ phase }) => phase === 'ReplacingLeaves');
    await bench.passes(3);
    await resource.patchStatus({ phase: 'Verifying', rotation: null });
    await resource.until(
      'what it was',
      ({ phase, rotation }) => phase === 'ReplacingLeaves' && rotation?.runId === 'run-0',
    );
  });

  it('goes on being told where the other hand keeps a field as it is anyway', async () => {
    await bench.atRest();
    await resource.applyStatus({ phase: 'Idle' });
    await bench.passes(3);
    const before = await resource.read();
    await resource.patch({ warnBeforeExpiry: '100000h' });
    await resource.until(
      'the new measure',
      (now) => conditionOf(now, 'AnchorExpiringSoon') === 'True/ExpiresSoon',
    );
    await bench.passes(3);
    const told = await resource.read();
    await bench.passes(10);
    const after = await resource.read();
    assert.notEqual(told?.resourceVersion, before?.resourceVersion);
    assert.equal(after?.resourceVersion, told?.resourceVersion);

    // A field that it did change is put right all the same, and nothing else is put back.
    await resource.applyStatus({ phase: 'Verifying' });
    const right = await resource.until('what it was', ({ phase }) => phase === 'Idle');
    assert.equal(conditionOf(right, 'AnchorExpiringSoon'), 'True/ExpiresSoon');
  });

  it('is put right as well where an idle write came in the same second', async () => {
    await bench.atRest();
    await bench.passes(3);
    await delay(1_000 - (Date.now() % 1_000));
    await resource.applyStatus({ phase: 'Idle' });
    await bench.passes(2);
    await resource.applyStatus({ phase: 'Verifying' });
    await resource.until('what it was', ({ phase }) => phase === 'Idle');
  });
});
