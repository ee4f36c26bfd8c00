import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const folder = path.join(import.meta.dirname, '../../.cache/real-cluster');
const stateFile = path.join(folder, 'running.json');

/** Where `cluster:up` leaves its kubeconfig and what its process writes. */
export const kubeConfigFile = path.join(folder, 'kubeconfig.yaml');
export const logFile = path.join(folder, 'cluster.log');

const runningCluster = z.object({
  pid: z.int().positive(),
  /** When that process began, in the kernel's own count: pids are given out again. */
  began: z.string().optional(),
});
type RunningCluster = z.infer<typeof runningCluster>;

/** The cluster that `cluster:up` has started and that still runs. */
export async function findRunningCluster(): Promise<RunningCluster | undefined> {
  const text = await readFile(stateFile, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const state = runningCluster.parse(JSON.parse(text));
  return (await isRunning(state)) ? state : undefined;
}

/** Called by the process that runs it. */
export async function rememberRunningCluster(): Promise<void> {
  const { pid } = process;
  const state: RunningCluster = { pid, began: await beginningOf(pid) };
  await mkdir(folder, { recursive: true });
  // In one step: whoever looks meanwhile reads the whole of it, or what was there before.
  const written = `${stateFile}.${String(pid)}`;
  await writeFile(written, JSON.stringify(state));
  await rename(written, stateFile);
}

export async function forgetRunningCluster(): Promise<void> {
  await rm(stateFile, { force: true });
  await rm(kubeConfigFile, { force: true });
}

/** Whether it is still that process, not another that has been given its pid. */
export async function isRunning({ pid, began }: RunningCluster): Promise<boolean> {
  return isAlive(pid) && (await beginningOf(pid)) === began;
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 asks whether there is such a process.
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Field 22 of proc_pid_stat(5); nothing where there is no /proc. */
async function beginningOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => undefined);
  // The second field is a name in parentheses, which may hold spaces.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
