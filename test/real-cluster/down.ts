import { setTimeout as delay } from 'node:timers/promises';
import { findRunningCluster, forgetRunningCluster, isRunning } from './running-cluster.ts';

const stopTimeoutMs = 60_000;
/** Components whose parent is gone end themselves by then. */
const guardMs = 8_000;

/** Ends what `cluster:up` has started; returns when nothing of it runs. */
async function down(): Promise<string> {
  const running = await findRunningCluster();
  if (running === undefined) {
    await forgetRunningCluster();
    return 'No cluster runs.';
  }
  const { pid } = running;
  const startedMs = Date.now();
  process.kill(pid, 'SIGTERM');
  while ((await isRunning(running)) && Date.now() < startedMs + stopTimeoutMs) await delay(50);
  if (await isRunning(running)) {
    process.kill(pid, 'SIGKILL');
    await delay(guardMs);
  }
  await forgetRunningCluster();
  return `Down in ${((Date.now() - startedMs) / 1_000).toFixed(1)} s.`;
}

process.stdout.write(`${await down()}\n`);
