import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** A server process that this process started and answers for. */
export interface ServerProcess {
  readonly pid: number;
  /** Resolves, once the process has ended, to how it ended and the first and last lines it wrote. */
  readonly ended: Promise<string>;
  /** SIGTERM, then SIGKILL after 10 s; resolves when the process is gone. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Stands still as in a debugger, connections open, until `resume`. */
  pause(): void;
  resume(): void;
}

export interface LaunchOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Where everything the process writes is kept, too; appended to. */
  readonly logFile?: string;
}

const stopTimeoutMs = 10_000;
/** A Go program that panics says why first, and then where in dozens of lines. */
const firstLines = 5;
const lastLines = 20;

/**
 * Waits at the read end of a pipe that only this process holds open. However this process ends, even
 * by SIGKILL, the pipe closes, and the guard ends the server that would outlive its owner.
 */
const guardScript = `
read -r _
kill -TERM "$1" 2>/dev/null || exit 0
for _ in 1 2 3 4 5; do sleep 1; kill -0 "$1" 2>/dev/null || exit 0; done
kill -KILL "$1" 2>/dev/null`;

/** @throws {Error} when the program cannot be started at all */
export async function launch(
  program: string,
  args: readonly string[],
  { env, logFile }: LaunchOptions = {},
): Promise<ServerProcess> {
  // Detached: a Ctrl-C in the terminal must not take the server away from a worker that is still
  // shutting down. The guard and stop() end it instead.
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(env && { env }),
  });
  const words = keepWords(child);
  if (logFile !== undefined) keepLog(child, logFile);
  const ended = new Promise<string>((resolve) => {
    child.once('close', (code, signal) => {
      const how = signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
      resolve([`${program} ended with ${how}`, ...words()].join('\n'));
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} was started but has no process id`);

  const guard = startGuard(pid);
  child.once('exit', () => guard.kill('SIGKILL'));
  return {
    pid,
    ended,
    stop: () => stop(child, ended),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
  };
}

function startGuard(pid: number): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', guardScript, 'server-guard', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.once('error', (error) => {
    process.emitWarning(`the server will outlive a killed parent: ${error.message}`);
  });
  guard.unref();
  return guard;
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  // One that stands still would not notice.
  child.kill('SIGCONT');
  const force = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await ended;
  clearTimeout(force);
}

function keepLog({ stdout, stderr }: ChildProcess, logFile: string): void {
  const log = createWriteStream(logFile, { flags: 'a' });
  log.once('error', (error) => process.emitWarning(`no log in ${logFile}: ${error.message}`));
  stdout?.pipe(log, { end: false });
  stderr?.pipe(log, { end: false });
}

/** Collects what the process writes, so that its early end can be explained in its own words. */
function keepWords(child: ChildProcess): () => readonly string[] {
  const first: string[] = [];
  const last: string[] = [];
  let leftOut = 0;
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      if (first.length < firstLines) {
        first.push(line);
        return;
      }
      last.push(line);
      if (last.length <= lastLines) return;
      last.shift();
      leftOut += 1;
    });
  }
  return () => [...first, ...(leftOut === 0 ? [] : [`[${leftOut} lines left out]`]), ...last];
}
