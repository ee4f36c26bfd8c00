import assert from 'node:assert/strict';
import type { PassSoFar, RestartCandidate, RestartPass } from '../../domain/restarts.ts';
import { nextWave, restartMarker } from '../../domain/restarts.ts';
import { deployment } from '../support/survey-builder.ts';

const both: RestartPass = {
  rotationId: '1f2e-3d4c',
  name: 'both',
  since: '2026-06-01T00:00:00.000Z',
};

function names(candidates: readonly RestartCandidate[]): readonly string[] {
  return candidates.map(({ workload }) => workload.name);
}

describe('nextWave', () => {
  const begun: PassSoFar = { pass: both, comingUp: [], stuckBefore: [] };

  function candidate(name: string, turn: number): RestartCandidate {
    return { workload: deployment('shop', name), lagging: [name], markers: [], turn };
  }

  it('takes candidates of the first turn only, at most as many as asked for', () => {
    const all = [candidate('a', 1), candidate('b', 1), candidate('c', 1), candidate('id', 3)];

    assert.deepEqual(names(nextWave(all, 2, begun)), ['a', 'b']);
    assert.deepEqual(names(nextWave(all, 10, begun)), ['a', 'b', 'c']);
    assert.deepEqual(nextWave([], 10, begun), []);
  });

  it('takes those first that were not restarted yet, so that stuck ones do not hold up the rest', () => {
    const stuck = { ...candidate('stuck', 1), markers: [restartMarker(both, []).marker] };
    // Large, and restarted by an earlier pass.
    const other = { ...candidate('a', 1), markers: ['1f2e-3d4c/leaves.1', '1f2e-3d4c/leaves.1'] };

    assert.deepEqual(names(nextWave([stuck, other, candidate('b', 1)], 2, begun)), ['a', 'b']);
  });

  it('takes those last that were stuck in a wave before, and takes them still', () => {
    const all = ['rollout', 'a', 'b'].map((name) => candidate(name, 1));
    const stuckBefore = ['Deployment shop/rollout'];

    assert.deepEqual(names(nextWave(all, 2, { ...begun, stuckBefore })), ['a', 'b']);
    assert.deepEqual(names(nextWave(all, 3, { ...begun, stuckBefore })), ['a', 'b', 'rollout']);
  });

  it('goes on to the next turn where all of one are stuck, so that identity does not wait for a Job', () => {
    const job: RestartCandidate = {
      ...candidate('job', 1),
      workload: { kind: 'Job', namespace: 'shop', name: 'job' },
    };
    const all = [job, candidate('web', 1), candidate('destination', 2), candidate('identity', 3)];
    const stuck = (...names: string[]): PassSoFar => ({ ...begun, stuckBefore: names });

    assert.deepEqual(names(nextWave(all, 9, stuck('Job shop/job'))), ['web', 'job']);
    const rest = all.filter(({ workload }) => workload.name !== 'web');
    assert.deepEqual(names(nextWave(rest, 9, stuck('Job shop/job'))), ['destination']);
    assert.deepEqual(names(nextWave([job], 9, stuck('Job shop/job'))), ['job']);
  });

  it('does not go on past a stale injector that is stuck', () => {
    const all = [candidate('injector', 0), candidate('web', 1)];

    const wave = nextWave(all, 9, { ...begun, stuckBefore: ['Deployment shop/injector'] });

    assert.deepEqual(names(wave), ['injector']);
  });

  it('counts what still comes up to the wave, unless it was stuck before', () => {
    const all = ['a', 'b', 'c', 'd'].map((name) => candidate(name, 1));
    const comingUp = ['Deployment shop/c', 'Deployment shop/d'];
    const stuckBefore = ['Deployment shop/d'];

    const wave = nextWave(all, 2, { ...begun, comingUp, stuckBefore });

    assert.deepEqual(names(wave), ['c', 'a']);
  });
});

describe('restartMarker', () => {
  it('counts attempts of one pass of one rotation on one occasion', () => {
    const first = '1f2e-3d4c/both@2026-06-01T00:00:00.000Z';
    assert.deepEqual(restartMarker(both, []), { marker: `${first}.1`, attempt: 1 });
    assert.deepEqual(
      restartMarker(both, [
        `${first}.1`,
        `${first}.2`,
        '1f2e-3d4c/leaves@2026-06-01T00:00:00.000Z.7',
        '1f2e-3d4c/both@2026-05-01T00:00:00.000Z.8',
        'other/both@2026-06-01T00:00:00.000Z.9',
        `${first}.oops`,
      ]),
      { marker: `${first}.3`, attempt: 3 },
    );
  });
});
