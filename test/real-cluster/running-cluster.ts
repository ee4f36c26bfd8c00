import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const folder = path.join(import.meta.dirname, '../../.cache/real-cluster');
const stateFile = path.join(folder, 'running.json');

/** Where `cluster:up` leaves its kubeconfig and what its process writes. */
export const kubeConfigFile = path.join(folder, 'kubeconfig.yaml');
export const logFile = path.join(folder, 'cluster.log');

const runningCluster = z.object({ pid: z.int().positive() });
type RunningCluster = z.infer<typeof runningCluster>;

/** The cluster that `cluster:up` has started and that still runs. */
export async function findRunningCluster(): Promise<RunningCluster | undefined> {
  const text = await readFile(stateFile, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const state = runningCluster.parse(JSON.parse(text));
  return isAlive(state.pid) ? state : undefined;
}

export async function rememberRunningCluster(state: RunningCluster): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(stateFile, JSON.stringify(state));
}

export async function forgetRunningCluster(): Promise<void> {
  await rm(stateFile, { force: true });
  await rm(kubeConfigFile, { force: true });
}

export function isAlive(pid: number): boolean {
  try {
    // Signal 0 asks whether there is such a process.
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
