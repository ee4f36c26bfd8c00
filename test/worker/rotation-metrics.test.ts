import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import type { ResourceCondition } from '../../domain/resource/conditions.ts';
import type { PastRotation } from '../../domain/resource/past-rotation.ts';
import type { ResourceStatus } from '../../domain/resource/resource-status.ts';
import { emptyStatus } from '../../domain/resource/resource-status.ts';
import { systemClock } from '../../mesh/observation/clock.ts';
import { meteredActivities, meteredSurveyor } from '../../worker/metered.ts';
import type { RotationMetrics } from '../../worker/rotation-metrics.ts';
import { registerRotationMetrics } from '../../worker/rotation-metrics.ts';

const running: ResourceStatus = {
  ...emptyStatus,
  phase: 'ReplacingLeaves',
  phases: [
    {
      phase: 'PinningSigner',
      state: 'done',
      startedAt: '2026-06-01T12:00:00Z',
      endedAt: '2026-06-01T12:00:05Z',
    },
    { phase: 'ReplacingLeaves', state: 'running', startedAt: '2026-06-01T12:00:05Z' },
    { phase: 'RetiringTrustAnchor', state: 'pending' },
  ],
  gate: {
    name: 'leaves-under-new-anchor',
    title: 'every live leaf verifies under B',
    passed: false,
    converged: 3,
    total: 12,
    at: '2026-06-01T12:00:09Z',
  },
  fleet: [
    { role: 'app', holds: 'A,B', presents: 'a', proxies: 6 },
    { role: 'control plane', holds: 'A,B', presents: 'a', proxies: 3 },
    { role: 'app', holds: 'A,B', presents: 'x', proxies: 3 },
  ],
};

function blockedBy(reason: string): Pick<ResourceStatus, 'conditions'> {
  const condition: ResourceCondition = {
    type: 'Blocked',
    status: 'True',
    reason,
    message: '',
    lastTransitionTime: '2026-06-01T12:00:00Z',
    observedGeneration: 1,
  };
  return { conditions: [condition] };
}

describe('the metrics of rotations', () => {
  let registry: Registry;
  let metrics: RotationMetrics;
  let nowMs: number;
  const clock = { ...systemClock, nowMs: () => nowMs };

  beforeEach(() => {
    nowMs = 0;
    registry = new Registry();
    metrics = registerRotationMetrics(registry, clock);
  });

  async function samples(name: string): Promise<readonly string[]> {
    const text = await registry.metrics();
    const prefix = `trust_rotation_${name}`;
    return text
      .split('\n')
      .filter((line) => line.startsWith(prefix))
      .map((line) => line.slice(prefix.length));
  }

  it('show phase, gate, fleet and durations as the resource tells them', async () => {
    metrics.told(running);

    assert.deepEqual(await samples('phase{'), ['phase="ReplacingLeaves"} 1']);
    assert.deepEqual(await samples('gate_progress_ratio'), [
      '{gate="leaves-under-new-anchor"} 0.25',
    ]);
    assert.deepEqual(await samples('proxies'), [
      '{holds="A,B",presents="a"} 9',
      '{holds="A,B",presents="x"} 3',
    ]);
    assert.deepEqual(await samples('phase_duration_seconds'), ['{phase="PinningSigner"} 5']);
  });

  it('name no time of what has not happened yet', async () => {
    metrics.told(emptyStatus);

    assert.deepEqual(await samples('last_success_timestamp_seconds'), []);
    assert.deepEqual(await samples('survey_duration_seconds'), []);
  });

  it('forget a rotation that has ended, and keep when it did', async () => {
    metrics.told(running);
    const past = { outcome: 'completed', endedAt: '1970-01-01T00:02:00Z' };
    metrics.told({
      ...running,
      phase: 'Completed',
      // Sound: nothing else of it is looked at.
      rotations: [{ outcome: 'held' } as PastRotation, past as PastRotation],
    });

    assert.deepEqual(await samples('phase{'), []);
    assert.deepEqual(await samples('gate_progress_ratio'), []);
    assert.deepEqual(await samples('proxies'), []);
    assert.deepEqual(await samples('last_success_timestamp_seconds'), [' 120']);
  });

  it('tell why the mesh is not Ready, as long as it is not', async () => {
    const reason = { ...blockedBy('SignerMoved').conditions[0], type: 'Ready', status: 'False' };
    // Sound: it is the same with another type and status.
    metrics.told({ ...emptyStatus, conditions: [reason as ResourceCondition] });
    assert.deepEqual(await samples('unready'), ['{reason="SignerMoved"} 1']);

    metrics.told(emptyStatus);
    assert.deepEqual(await samples('unready'), []);
  });

  it('count the seconds in which it is blocked, by what blocks it, up to each scrape', async () => {
    metrics.told({ ...running, ...blockedBy('ForeignHands') });
    nowMs = 30_000;
    assert.deepEqual(await samples('blocked_seconds_total'), ['{reason="foreign-hands"} 30']);
    nowMs = 40_000;
    metrics.told({ ...running, ...blockedBy('GateLate') });
    nowMs = 45_000;
    metrics.told(running);
    nowMs = 900_000;

    assert.deepEqual(await samples('blocked_seconds_total'), [
      '{reason="foreign-hands"} 40',
      '{reason="gate-late"} 5',
    ]);
  });

  it('time surveys, and tell how old the last one is once there was one', async () => {
    assert.deepEqual(await samples('survey_age_seconds'), []);
    // Sound: only `survey` is called.
    const surveyor = meteredSurveyor(
      {
        survey: () => {
          nowMs += 2_500;
          return Promise.resolve({});
        },
      } as unknown as Parameters<typeof meteredSurveyor>[0],
      metrics,
      clock,
    );
    // Sound: the fake looks at nothing.
    await surveyor.survey({} as Parameters<typeof surveyor.survey>[0]);
    nowMs += 60_000;

    assert.deepEqual(await samples('survey_duration_seconds'), [' 2.5']);
    assert.deepEqual(await samples('survey_age_seconds'), [' 60']);
  });

  it('count restarts by kind of workload and by what came of them', async () => {
    const stuck = { what: 'StatefulSet shop/orders', reason: '', remedy: '' };
    // Sound: only `restartWave` is called, and only these fields of its answer are looked at.
    const activities = meteredActivities(
      {
        restartWave: () =>
          Promise.resolve({
            restarted: ['Deployment shop/web', 'Deployment shop/cart'],
            stuck: [stuck],
            unnamed: 3,
          }),
      } as unknown as Parameters<typeof meteredActivities>[0],
      metrics,
    );
    // Sound: the fake looks at nothing.
    await activities.restartWave({} as Parameters<typeof activities.restartWave>[0]);

    assert.deepEqual(await samples('restarts_total'), [
      '{kind="Deployment",outcome="up"} 2',
      '{kind="StatefulSet",outcome="stuck"} 1',
      '{kind="unnamed",outcome="stuck"} 3',
    ]);
  });
});
