import assert from 'node:assert/strict';
import { abortSignal, resumeSignal } from '../../workflows/messages.ts';
import { MeshModel, meshWithBoth } from './mesh-model.ts';
import type { Bench } from './rotation-bench.ts';
import { rotationBench } from './rotation-bench.ts';
import { goesOnTo, waitsAt } from './test-messages.ts';

describe('a gate', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  it('that takes longer than its patience is reported as blocked, with its laggards, and watched on', async () => {
    const mesh = meshWithBoth();
    mesh.leavesRefresh = false;
    const rotation = await bench.start({ mesh, timings: { gatePatienceMs: 0 } }, (fake) => {
      fake.reportEveryMs = 20;
    });
    rotation.mesh.leavesRefresh = false;

    // A leaf may take its whole life to be refreshed, so this gate is not late; the one before is.
    const { gate, condition } = await rotation.until(
      'a report on the leaves',
      (state) => state.gate?.gate === 'leaves-under-new-anchor',
    );
    assert.equal(condition, 'running');
    assert.deepEqual([gate?.passed, gate?.converged], [false, 2]);
    assert.deepEqual(
      gate?.laggards.map(({ what }) => what),
      ['pod shop/web-1', 'pod shop/db-1', 'pod linkerd/linkerd-identity-1'],
    );

    mesh.leavesRefresh = true;
    assert.equal((await rotation.handle.result()).outcome, 'completed');
  });

  it('whose watch fails for good waits for a person', async () => {
    const rotation = await bench.start({}, (fake) => {
      fake.before('watchGate', () => {
        const error = new Error('The ConfigMap is gone');
        error.name = 'ObservationError';
        throw error;
      });
    });

    const { waiting } = await rotation.until('a block', ({ condition }) => condition === 'blocked');
    assert.match(waiting?.for ?? '', /The ConfigMap is gone$/);
    await rotation.handle.signal(resumeSignal);

    await goesOnTo(rotation, 'renewTrustAnchor');
  });

  it('heals what no wait can cure: a proxy with an expired leaf is restarted', async () => {
    const mesh = meshWithBoth();
    mesh.proxies.web.presents = 'expired';
    mesh.leavesRefresh = false;
    const rotation = await bench.start({ mesh });

    await rotation.until('the restart', ({ restarts }) => restarts.workloads === 1);
    assert.equal(mesh.proxies.web.presents, 'x');
    assert.ok(rotation.fake.calls.includes('restartWave heal'));

    mesh.leavesRefresh = true;
    assert.equal((await rotation.handle.result()).outcome, 'completed');
  });
});

describe('linkerd-identity', () => {
  it('is restarted when it has missed the new issuer', async () => {
    const bench = await rotationBench('cached');
    const mesh = meshWithBoth();
    mesh.identityReloads = false;
    const rotation = await bench.start({ mesh, timings: { issuerReloadTimeoutMs: 30 } });

    const report = await rotation.handle.result();

    assert.equal(report.outcome, 'completed');
    const missed = 'an identity replica missed the new issuer; linkerd-identity is restarted';
    assert.equal(report.notes.filter(({ text }) => text === missed).length, 2);
    assert.equal(mesh.identity.signs, 'b');
    await bench.clean();
  });
});

describe('restarts', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  it('go in waves of the wanted size, and are counted', async () => {
    const rotation = await bench.start({ mesh: meshWithBoth(), restarts: { waveSize: 1 } });

    const { restarts } = await rotation.handle.result();

    assert.deepEqual(restarts, { waves: 3, workloads: 3 });
  });

  it('that do not come up are reported and tried again, and can be left by an abort', async () => {
    const mesh = meshWithBoth();
    mesh.comesNotUp.add('web');
    const rotation = await bench.start({ mesh, method: 'overlap' });

    const { waiting } = await rotation.until('a block', ({ condition }) => condition === 'blocked');
    assert.deepEqual(
      waiting?.laggards.map(({ what, reason }) => `${what}: ${reason}`),
      ['Deployment shop/web: 0 of 1 pods are Ready'],
    );
    await rotation.handle.signal(abortSignal);

    assert.equal((await rotation.handle.result()).outcome, 'held');
  });

  it('of which many do not come up name the first fifty, and count the rest', async () => {
    const mesh = meshWithBoth();
    for (let index = 0; index < 60; index += 1) {
      const name = `web-${String(index)}`;
      mesh.proxies[name] = { holds: 'A', presents: 'a' };
      mesh.comesNotUp.add(name);
    }
    const rotation = await bench.start({ mesh, restarts: { waveSize: 100 }, method: 'overlap' });

    const { waiting } = await rotation.until('a block', ({ condition }) => condition === 'blocked');

    assert.deepEqual([waiting?.laggards.length, waiting?.unnamed], [50, 10]);
    await rotation.handle.signal(abortSignal);
    assert.equal((await rotation.handle.result()).outcome, 'held');
  });
});

describe('pace natural', () => {
  let bench: Bench;
  before(async () => {
    bench = await rotationBench('cached');
  });
  afterEach(() => bench.clean());

  it('restarts nothing as long as deploys may carry the new bundle', async () => {
    const mesh = meshWithBoth();
    const rotation = await bench.start({ mesh, pace: 'natural' });
    await waitsAt(rotation, 'RetiringTrustAnchor', 'watchGate fleet-holds-new-only');

    for (const name of ['web', 'db', 'linkerd-identity']) mesh.restart({ name });

    const report = await rotation.handle.result();
    assert.equal(report.outcome, 'completed');
    assert.deepEqual(report.restarts, { waves: 0, workloads: 0 });
  });

  it('restarts what deploys have left behind when the time is over', async () => {
    const mesh = new MeshModel();
    const rotation = await bench.start({ mesh, pace: 'natural', timings: { naturalChurnMs: 30 } });

    const report = await rotation.handle.result();

    assert.equal(report.outcome, 'completed');
    assert.deepEqual(report.restarts, { waves: 2, workloads: 3 });
    assert.ok(report.notes.some(({ text }) => text.startsWith('the time for ordinary deploys')));
  });
});
