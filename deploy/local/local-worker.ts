import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../worker/free-ports.ts';

const workerPath = fileURLToPath(new URL('../../worker/main.ts', import.meta.url));

/** Bundling the workflows takes most of it. */
const startTimeoutMs = 60_000;
const stopTimeoutMs = 15_000;

export interface LocalWorkerOptions {
  readonly kubeConfigPath: string;
  readonly temporalAddress: string;
  /** File descriptor or stream choice for the worker's log lines; silent when absent. */
  readonly log?: 'inherit' | number;
}

/** The worker as its own process, as it runs in production. */
export interface LocalWorker {
  readonly pid: number;
  readonly url: string;
  /** As a machine does that loses power. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a worker process and returns when it takes work. */
export async function startLocalWorker(options: LocalWorkerOptions): Promise<LocalWorker> {
  const [port = 0] = await freePorts(1);
  const output = options.log ?? 'ignore';
  const child = spawn(process.execPath, [workerPath], {
    stdio: ['ignore', output, output],
    env: {
      ...process.env,
      KUBECONFIG: options.kubeConfigPath,
      TEMPORAL_ADDRESS: options.temporalAddress,
      TRUST_ROTATION_LISTEN: `127.0.0.1:${String(port)}`,
    },
  });
  const url = `http://127.0.0.1:${String(port)}`;
  const kill = (): Promise<void> => end(child, 'SIGKILL');
  try {
    await untilReady(child, url);
  } catch (error) {
    await kill();
    throw error;
  }
  return { pid: child.pid ?? 0, url, kill, stop: () => stop(child) };
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  const deadlineMs = Date.now() + startTimeoutMs;
  while (Date.now() < deadlineMs) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error('The worker ended while it was starting. Next step: run "npm run worker".');
    }
    if (await isReady(url)) return;
    await delay(100);
  }
  throw new Error(`The worker was not ready within ${String(startTimeoutMs / 1_000)} s.`);
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    // It does not listen yet; the caller's deadline ends the wait.
    return false;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const patience = AbortSignal.timeout(stopTimeoutMs);
  patience.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  await end(child, 'SIGTERM');
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
