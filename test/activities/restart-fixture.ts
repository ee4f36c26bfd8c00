import type { RestartWaveInput, RestartWaveResult } from '../../activities/contract.ts';
import { createRestartActivities } from '../../activities/restarts.ts';
import type { Survey } from '../../domain/survey.ts';
import { bundle, identity, injector, objects, proxy, survey } from '../support/survey-builder.ts';
import {
  contextAfter,
  dependencies,
  fakeClock,
  inActivity,
  surveyorOf,
} from './activity-fixture.ts';
import type { FakeDeployments } from './fake-deployments.ts';

/** The bundle holds both anchors; `web` and `db` were started before it did. */
export const lagging: Survey = survey({
  objects: objects({ bundle: bundle('A,B', { since: '2026-06-01T00:00:00.000Z' }) }),
  proxies: [proxy('web', 'A', 'a'), proxy('db', 'A', 'a'), proxy('cart', 'A,B', 'a')],
  identity: [identity('A,B', 'a')],
  injectors: [injector('A,B')],
});
export const converged: Survey = {
  ...lagging,
  proxies: lagging.proxies.map((one) => ({ ...one, holds: { a: 'yes', b: 'yes' } })),
};
export const done = {
  observedGeneration: 1,
  replicas: 1,
  updatedReplicas: 1,
  availableReplicas: 1,
};
export const rolling = { ...done, updatedReplicas: 0 };

/** When the phase of the pass began. */
export const since = '2026-06-01T00:00:00.000Z';
export const both = (attempt: number): string =>
  `aaaaaaaa-bbbbbbbb/both@${since}.${String(attempt)}`;

export async function restart(
  deployments: FakeDeployments,
  surveys: readonly Survey[],
  more: Partial<RestartWaveInput> = {},
): Promise<{
  result: RestartWaveResult;
  heartbeats: readonly unknown[];
  slept: readonly number[];
}> {
  const clock = fakeClock();
  const { restartWave } = createRestartActivities(
    dependencies({ kube: deployments.kube, surveyor: surveyorOf(...surveys), clock }),
  );
  const answer = await inActivity(() =>
    restartWave({
      context: contextAfter(lagging),
      pass: 'both',
      since,
      goal: { kind: 'hold', wanted: { a: 'yes', b: 'yes' } },
      waveSize: 10,
      ...more,
    }),
  );
  return { ...answer, slept: clock.slept };
}
