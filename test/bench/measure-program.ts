import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface ProgramCost {
  readonly wallMs: number;
  /** Highest resident memory. */
  readonly peakBytes: number;
  /** Written to stdout. */
  readonly bytes: number;
}

const lookEveryMs = 20;

/** Runs a program to its end with a kubeconfig in its environment, and measures it from outside. */
export async function measureProgram(
  program: string,
  args: readonly string[],
  options: { readonly kubeConfigYaml: string; readonly timeoutMs: number },
): Promise<ProgramCost> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-'));
  try {
    const kubeConfig = path.join(folder, 'kubeconfig.yaml');
    await writeFile(kubeConfig, options.kubeConfigYaml, { mode: 0o600 });
    const startedMs = performance.now();
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: kubeConfig },
      timeout: options.timeoutMs,
    });
    let bytes = 0;
    let peakBytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
    });
    const look = setInterval(() => {
      peakBytes = Math.max(peakBytes, highestMemory(child.pid));
    }, lookEveryMs);
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    clearInterval(look);
    if (code !== 0) {
      const command = args.slice(0, 4).join(' ');
      throw new Error(`${command} ended with ${String(code ?? signal)}`);
    }
    return { wallMs: performance.now() - startedMs, peakBytes, bytes };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function highestMemory(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
  } catch {
    // It has ended between the look before and this one.
    return 0;
  }
}
