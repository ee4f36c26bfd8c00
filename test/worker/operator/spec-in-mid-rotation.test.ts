import assert from 'node:assert/strict';
import { expiryTrigger } from '../../../domain/expiry/expiry-check.ts';
import { renewedTrigger } from '../../../domain/resource/renewed-trigger.ts';
import { conditionOf } from '../../acceptance/support/rotation-resource.ts';
import { statusOf } from '../../client/fixtures.ts';
import type { OperatorBench } from './operator-bench.ts';
import { startOperatorBench } from './operator-bench.ts';

describe('a change of the spec while a rotation runs', () => {
  let bench: OperatorBench;

  beforeEach(async () => {
    bench = await startOperatorBench();
  });

  afterEach(() => bench.stop());

  const { request } = statusOf();
  const change = { restarts: { waveSize: 3 }, anchor: { source: 'Imported' } };

  for (const [whose, trigger] of [
    ['a trigger', 'june'],
    ['a renewed anchor', renewedTrigger('aa'.repeat(32))],
    ['the Schedule', expiryTrigger('aa'.repeat(32))],
  ] as const) {
    it(`takes effect where it may, and is refused where not, in a rotation of ${whose}`, async () => {
      bench.engine.run({}, { request: { ...request, trigger } });
      await bench.install(change);
      await bench.start();

      const status = await bench.resource.until(
        'the refusal',
        (now) => conditionOf(now, 'SpecAccepted') === 'False/ChangedWhileRotating',
      );
      const { message = '' } = status.conditions.find(({ type }) => type === 'SpecAccepted') ?? {};
      assert.match(message, /spec\.anchor/);
      assert.match(bench.engine.calls[0] ?? '', /^revise .*"restarts":\{"waveSize":3\}/);
    });
  }

  it('leaves a rotation of a command as its person has started it', async () => {
    bench.engine.run({}, { request });
    await bench.install(change);
    await bench.start();

    await bench.resource.until(
      'that all is well',
      (now) => conditionOf(now, 'SpecAccepted') === 'True/Accepted',
    );
    await bench.passes(5);
    assert.deepEqual(bench.engine.calls, []);
  });
});
