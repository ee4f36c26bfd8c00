import assert from 'node:assert/strict';
import { createRestartActivities } from '../../activities/restarts.ts';
import type { Surveyor } from '../../mesh/observation/survey.ts';
import { bundle, identity, injector, objects, proxy, survey } from '../support/survey-builder.ts';
import { untilAborted } from '../support/until-aborted.ts';
import { contextAfter, dependencies, inActivity, surveyorOf } from './activity-fixture.ts';
import { FakeDeployments } from './fake-deployments.ts';

const lagging = survey({
  objects: objects({ bundle: bundle('A,B', { since: '2026-06-01T00:00:00.000Z' }) }),
  proxies: [proxy('web', 'A', 'a')],
  identity: [identity('A,B', 'a')],
  injectors: [injector('A,B')],
});
const done = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
const rolling = { ...done, updatedReplicas: 0 };

describe('the proxies of a wave', () => {
  it('are asked as they come up, and no longer than until all are up', async () => {
    const asked: boolean[] = [];
    await restartWeb((_request, signal) => {
      asked.push(signal.aborted);
      return untilAborted(signal).finally(() => asked.push(signal.aborted));
    });

    assert.deepEqual(asked, [false, true]);
  });
});

async function restartWeb(keepUp: Surveyor['keepUp']): Promise<void> {
  const { kube } = new FakeDeployments({ web: { statuses: [done, done, rolling, done] } });
  const surveyor: Surveyor = { ...surveyorOf(lagging), keepUp };
  const { restartWave } = createRestartActivities(dependencies({ kube, surveyor }));
  await inActivity(() =>
    restartWave({
      context: contextAfter(lagging),
      pass: 'both',
      since: '2026-06-01T00:00:00.000Z',
      goal: { kind: 'hold', wanted: { b: 'yes' } },
      waveSize: 10,
    }),
  );
}
