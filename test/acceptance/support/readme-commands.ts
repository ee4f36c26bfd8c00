import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { componentsBinary } from '../../real-cluster/components-binary.ts';
import { helmProgram } from '../../support/helm.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '../../..');
const timeoutMs = 200_000;

/** The commands that a person is told under a heading of the README, a block each. */
export async function readmeCommands(heading: string): Promise<readonly string[]> {
  const readme = await readFile(path.join(root, 'README.md'), 'utf8');
  const [, section = ''] = readme.split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  return [...text.matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)].map(([, indent = '', block = '']) =>
    block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

/** A shell at the root of the repository, with kubectl and Helm, for one cluster. */
export interface Shell {
  /** @throws Error with what the failing command wrote. */
  run(commands: string): Promise<string>;
  close(): Promise<void>;
}

/** @param kubeConfigYaml of an administrator of a real cluster */
export async function openShell(kubeConfigYaml: string): Promise<Shell> {
  const home = await mkdtemp(path.join(tmpdir(), 'shell-'));
  const components = await componentsBinary(() => undefined);
  const kubectl = path.join(home, 'kubectl');
  await writeFile(kubectl, `#!/bin/sh\nexec '${components}' kubectl "$@"\n`);
  await chmod(kubectl, 0o755);
  await symlink(await helmProgram(), path.join(home, 'helm'));
  const kubeConfig = path.join(home, 'kubeconfig.yaml');
  await writeFile(kubeConfig, kubeConfigYaml, { mode: 0o600 });
  const env = {
    PATH: `${home}${path.delimiter}${process.env['PATH'] ?? ''}`,
    HOME: home,
    KUBECONFIG: kubeConfig,
  };
  return {
    run: async (commands) => {
      const args = ['-euo', 'pipefail', '-c', commands];
      const { stdout } = await run('bash', args, { cwd: root, env, timeout: timeoutMs }).catch(
        (error: unknown) => {
          const said = z.object({ stdout: z.string(), stderr: z.string() }).parse(error);
          throw new Error(`${commands}\n${said.stdout}${said.stderr}`, { cause: error });
        },
      );
      return stdout;
    },
    close: () => rm(home, { recursive: true, force: true }),
  };
}
