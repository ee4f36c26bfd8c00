import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Laggard } from '../../../domain/convergence.ts';

const program = fileURLToPath(new URL('../../../client/main.ts', import.meta.url));

/** What a shell and its user see of one command that has ended. */
export interface CommandRun {
  /** `null`: it was killed by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From the start of the process to its end. */
  readonly elapsedMs: number;
}

export interface RunningCommand {
  /** Everything written to stdout so far. */
  readonly stdout: () => string;
  readonly child: ChildProcess;
  readonly ended: Promise<CommandRun>;
}

/** A command that hangs fails its test with what it wrote, before mocha's own limit. */
export const commandTimeoutMs = 240_000;

/** Starts `linkerd-trust` as a shell does in a script: no terminal, and no settings but those given. */
export function startCommand(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCommand {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env },
    timeout: commandTimeoutMs,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(() => ({
    code: child.exitCode,
    stdout,
    stderr,
    elapsedMs: performance.now() - startedMs,
  }));
  return { stdout: () => stdout, child, ended };
}

export function runCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<CommandRun> {
  return startCommand(args, env).ended;
}

const planDocument = z.object({
  plan: z.object({
    blockers: z.array(z.object({ what: z.string(), reason: z.string(), remedy: z.string() })),
  }),
});

/** The blockers in the answer of `plan --output json`. */
export function blockersOf({ stdout, stderr }: CommandRun): readonly Laggard[] {
  try {
    return planDocument.parse(JSON.parse(stdout)).plan.blockers;
  } catch (error) {
    throw new Error(`there is no plan on stdout, but on stderr ${stderr}`, { cause: error });
  }
}
