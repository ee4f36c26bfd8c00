import assert from 'node:assert/strict';
import { tellRotation } from '../../activities/status.ts';
import type { ResourceStatus } from '../../domain/resource/resource-status.ts';
import { emptyStatus } from '../../domain/resource/resource-status.ts';
import { systemClock as clock } from '../../mesh/observation/clock.ts';
import { rotationResource } from '../../mesh/resource/rotation-resource.ts';
import { RotationsInSight } from '../../worker/rotations-in-sight.ts';
import { sightWith } from '../support/rotation-sight.ts';
import { waitFor } from '../support/wait-for.ts';
import { FakeEngine } from './operator/fake-engine.ts';

const resource = rotationResource.parse({
  metadata: { uid: 'u', resourceVersion: '1' },
  status: { phase: 'Verifying' },
});

describe('how rotations stand, for the metrics of a worker', () => {
  let told: ResourceStatus | undefined;
  let inSight: RotationsInSight;
  let engine: FakeEngine;
  let stopping: AbortController;

  beforeEach(() => {
    told = undefined;
    inSight = new RotationsInSight((status) => (told = status));
    engine = new FakeEngine();
    stopping = new AbortController();
  });
  afterEach(() => stopping.abort());

  /** One look at Temporal. */
  async function look(): Promise<void> {
    const looks = engine.looks + 1;
    stopping = new AbortController();
    const watching = inSight.watch(engine, clock, stopping.signal);
    await waitFor(() => engine.looks === looks, { what: 'a look at Temporal' });
    stopping.abort();
    await watching;
  }

  it('is what the resource says, and forgotten with it', async () => {
    inSight.follow(resource);
    assert.equal(told?.phase, 'Verifying');
    inSight.follow(undefined);
    assert.deepEqual(told, emptyStatus);
  });

  it('is what a rotation tells where an operator has no resource, and the resource otherwise', () => {
    const published: string[] = [];
    const telling = inSight.beside({
      pageOf: () => undefined,
      publisher: {
        publish: (kind) => published.push(kind),
        write: () => Promise.resolve(undefined),
        wake: () => undefined,
        close: () => Promise.resolve(),
      },
    });
    tellRotation({ clock, resource: telling }, sightWith());
    assert.equal(told?.phase, 'ReplacingLeaves');
    inSight.follow(resource);
    tellRotation({ clock, resource: telling }, sightWith());
    assert.equal(told.phase, 'Verifying');
    assert.deepEqual(published, ['rotation', 'rotation']);
  });

  it('is what Temporal knows of a rotation that has moved to another worker', async () => {
    tellRotation({ clock, resource: inSight.telling }, sightWith());
    engine.run({ phase: 'Verifying' });
    await look();
    assert.equal(told?.phase, 'Verifying');

    engine.end('held');
    await look();
    assert.deepEqual(
      [told.phase, told.gate, told.conditions.map(({ type, status }) => `${type} ${status}`)],
      ['Held', undefined, ['Ready False']],
    );
  });

  it('stays as it was while Temporal is away', async () => {
    tellRotation({ clock, resource: inSight.telling }, sightWith());
    engine.unreachable = 'away';
    await look();
    assert.equal(told?.phase, 'ReplacingLeaves');
  });
});
