import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Bench } from './bench.ts';
import type { CommandRun } from './command-line.ts';
import { runCommand } from './command-line.ts';

/** Runs a command of the owner's; what it is to read lies in `file`. */
export async function ownerCommand(
  bench: Bench,
  args: readonly string[],
  file = '',
): Promise<CommandRun> {
  const folder = await mkdtemp(path.join(tmpdir(), 'linkerd-trust-owner-'));
  try {
    const kubeconfig = path.join(folder, 'config');
    const given = path.join(folder, 'given.pem');
    await writeFile(kubeconfig, bench.environment.kubeConfigYaml);
    await writeFile(given, file);
    const named = args.map((arg) => (arg === 'FILE' ? given : arg));
    return await runCommand(named, { KUBECONFIG: kubeconfig });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The owner's copy of the request for the bridge, PEM. */
export async function bridgeRequest(bench: Bench): Promise<string> {
  const { code, stdout, stderr } = await ownerCommand(bench, ['bridge-request']);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** Hands in the file that is given. */
export const importing = ['import-bridge', '--cert', 'FILE'] as const;

/** Hands in what the owner has signed, PEM. */
export function importBridge(bench: Bench, pem: string): Promise<CommandRun> {
  return ownerCommand(bench, importing, pem);
}
