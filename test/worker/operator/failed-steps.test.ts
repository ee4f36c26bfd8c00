import assert from 'node:assert/strict';
import { conditionOf } from '../../acceptance/support/rotation-resource.ts';
import type { ResourceInUse } from '../../acceptance/support/rotation-resource.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { FakeEngine } from './fake-engine.ts';
import type { OperatorBench } from './operator-bench.ts';
import { startOperatorBench } from './operator-bench.ts';

describe('the operator, where a step fails', () => {
  let bench: OperatorBench;
  let resource: ResourceInUse;
  let engine: FakeEngine;

  beforeEach(async () => {
    bench = await startOperatorBench();
    ({ resource, engine } = bench);
  });

  afterEach(() => bench.stop());

  const failing = (): never => {
    throw new Error('Could not do it: no. Next step: ask ada.');
  };

  async function shows(condition: string): Promise<string> {
    const { conditions } = await resource.until(
      condition,
      (now) => conditionOf(now, 'SpecAccepted') === condition,
    );
    return conditions.find(({ type }) => type === 'SpecAccepted')?.message ?? '';
  }

  async function told(reason: string): Promise<readonly string[]> {
    return (await resource.events())
      .filter((event) => event.reason === reason)
      .map(({ message }) => message);
  }

  it('shows a start that fails, in a condition and one Event, until it works', async () => {
    engine.beforeStart = failing;
    await bench.install({ trigger: 'first' });
    await bench.start();
    await bench.start();

    const message = await shows('False/StartFailed');
    assert.match(message, /Could not do it: no\. Next step: ask ada\./);
    await waitFor(async () => (await told('StartFailed')).length > 0, { what: 'the Event' });
    await bench.passes(6);
    assert.deepEqual(await told('StartFailed'), [message]);

    engine.beforeStart = () => undefined;
    assert.equal(await shows('True/Accepted'), '');
    assert.deepEqual(bench.started, ['first']);
  });

  it('tells anew of a start that fails after others have worked', async () => {
    engine.beforeStart = failing;
    await bench.install({ trigger: 'first' });
    await bench.start();
    await shows('False/StartFailed');
    engine.beforeStart = () => undefined;
    await shows('True/Accepted');
    engine.end('completed');
    // Times of conditions have whole seconds.
    await resource.until('a later second', ({ conditions }) =>
      conditions.every(
        ({ lastTransitionTime }) => Date.now() - Date.parse(lastTransitionTime) > 2_000,
      ),
    );
    engine.beforeStart = failing;
    await resource.patch({ trigger: 'second' });
    await shows('False/StartFailed');
    await waitFor(async () => (await told('StartFailed')).length === 2, { what: 'its Event' });
  });

  it('starts and steers while the Schedule cannot be kept, and says that it cannot', async () => {
    engine.beforeSchedule = failing;
    await bench.install({ trigger: 'first' });
    await bench.start();

    await resource.until('the start', ({ triggers }) => triggers[0]?.outcome === 'Started');
    await resource.patch({ suspend: true });
    await waitFor(() => engine.calls.includes('pause'), { what: 'the pause' });
    assert.match(await shows('False/ScheduleFailed'), /Schedule .*Next step: ask ada\./);
    await waitFor(async () => (await told('ScheduleFailed')).length > 0, { what: 'the Event' });
    await bench.passes(4);
    assert.equal((await told('ScheduleFailed')).length, 1);

    engine.beforeSchedule = () => undefined;
    await shows('True/Accepted');
  });

  it('keeps a resource whose Schedule cannot be taken away, and says why', async () => {
    await bench.atRest();
    engine.beforeSchedule = failing;
    await resource.delete();
    assert.match(await shows('False/ScheduleFailed'), /Next step: ask ada\./);

    engine.beforeSchedule = () => undefined;
    await resource.untilGone();
  });

  it('shows that a rotation could not be steered, and starts the Schedule all the same', async () => {
    engine.beforeSteering = failing;
    engine.run({});
    await bench.install({ suspend: true });
    await bench.start();
    await shows('False/SteeringFailed');
    assert.equal(engine.schedules.at(-1)?.isPaused, true);

    engine.beforeSteering = () => undefined;
    await shows('True/Accepted');
    assert.deepEqual(engine.calls, ['pause']);
  });
});
