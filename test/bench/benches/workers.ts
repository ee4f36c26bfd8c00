import { setTimeout as delay } from 'node:timers/promises';
import type { WorkerProcess } from '../../acceptance/support/workers.ts';
import { accountFor } from '../rotation/account.ts';
import { untilAtRest } from '../rotation/bare-rotation.ts';
import { rotateFully } from '../rotation/full-rotation.ts';
import type { RotationMesh } from '../rotation/rotation-mesh.ts';
import type { Row } from '../row.ts';
import { rowOf } from '../row.ts';
import type { Stage } from '../stage.ts';

const killEveryMs = 10_000;

/** Two workers of which one, by chance, is killed every ten seconds: what a rotation loses by it. */
export async function benchWorkers(stage: Stage): Promise<readonly Row[]> {
  const { say, options } = stage;
  const proxies = Math.min(...options.sizes);
  const mesh = await stage.rotationMesh({ cluster: options.cluster, proxies });
  const workers = [await mesh.startWorker(), await mesh.startWorker()];
  say('a rotation with two workers …');
  const calm = await accountFor(mesh, () => rotateFully(mesh));
  await untilAtRest(mesh);
  say('a rotation in which one of them is killed every ten seconds …');
  const killer = startKiller(mesh, workers);
  const hunted = await accountFor(mesh, () => rotateFully(mesh)).finally(() => killer.stop());
  const name = `rotation of ${String(proxies)} proxies, ${String(killer.kills())} workers killed`;
  const about = { bench: 'workers', against: 'with none killed' };
  return [
    rowOf({
      ...about,
      name: `${name}: time`,
      value: hunted.result.wallMs / 1_000,
      baseline: calm.result.wallMs / 1_000,
      unit: 's',
    }),
    rowOf({
      ...about,
      name: `${name}: workloads restarted`,
      value: hunted.account.restarts,
      baseline: calm.account.restarts,
      unit: 'restarts',
      goal: { of: 'ratio', atMost: 1 },
    }),
    rowOf({
      ...about,
      name: `${name}: anchors and issuers issued`,
      value: hunted.account.issuances,
      baseline: calm.account.issuances,
      unit: 'certificates',
      goal: { of: 'ratio', atMost: 1 },
    }),
  ];
}

interface Killer {
  kills(): number;
  stop(): Promise<void>;
}

function startKiller(mesh: RotationMesh, workers: WorkerProcess[]): Killer {
  const over = new AbortController();
  let kills = 0;
  async function hunt(): Promise<void> {
    for (;;) {
      // Rejects when it is over: then there is nothing left to wait for.
      await delay(killEveryMs, undefined, { signal: over.signal }).catch(() => undefined);
      if (over.signal.aborted) return;
      const victim = Math.floor(Math.random() * workers.length);
      await workers[victim]?.kill();
      kills += 1;
      workers[victim] = await mesh.startWorker();
    }
  }
  const hunting = hunt();
  // `stop` tells of a worker that did not come up again; until then nobody listens.
  hunting.catch(() => undefined);
  return {
    kills: () => kills,
    stop: () => {
      over.abort();
      return hunting;
    },
  };
}
