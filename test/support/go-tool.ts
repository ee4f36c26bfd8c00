import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cacheFolder = path.join(import.meta.dirname, '../../.cache/go');
/** What the `go` line of our modules asks for; Go would download a newer toolchain by itself otherwise. */
const oldestGo = [1, 26] as const;
const versionTimeoutMs = 10_000;
/** The first build compiles the standard library too. */
export const goBuildTimeoutMs = 240_000;

export type GoTool =
  | { readonly found: true; readonly program: string; readonly version: string }
  | { readonly found: false; readonly reason: string };

let tool: Promise<GoTool> | undefined;

/** The Go tool on PATH, asked for once a process; or why there is none to use. */
export function goBinary(): Promise<GoTool> {
  tool ??= findGo();
  return tool;
}

/**
 * For a `before` hook: the Go tool, or every test of the suite becomes pending, with the reason on the
 * output of the run.
 */
export async function needsGo(context: Mocha.Context): Promise<string> {
  const go = await goBinary();
  if (go.found) return go.program;
  const suite = context.test?.parent?.fullTitle() ?? 'a suite';
  process.stdout.write(`\n  !! PENDING, NOT TESTED: ${suite}\n  !! ${go.reason}\n`);
  return context.skip();
}

/**
 * Builds the program of one folder, or takes the build of the same sources by the same Go from the
 * ignored folder `.cache`; answers with its path.
 *
 * @throws Error with the compiler's words when it does not build.
 */
export async function buildGoProgram(go: string, folder: string): Promise<string> {
  const name = path.basename(folder);
  const binary = path.join(cacheFolder, `${name}-${await buildKey(folder)}`);
  if (await exists(binary)) return binary;
  await mkdir(cacheFolder, { recursive: true });
  const unfinished = `${binary}.${String(process.pid)}`;
  const args = ['-C', folder, 'build', '-trimpath', '-buildvcs=false', '-o', unfinished, '.'];
  try {
    await run(go, args, { env: buildEnvironment(), timeout: goBuildTimeoutMs });
    // Another test run may build at the same time; the rename publishes a finished program.
    await rename(unfinished, binary);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new Error(`go build in ${folder} failed: ${words}`, { cause: error });
  } finally {
    await rm(unfinished, { force: true });
  }
  return binary;
}

async function findGo(): Promise<GoTool> {
  const wanted = `needs Go ${oldestGo.join('.')} or later on PATH`;
  const found = await run('go', ['env', 'GOVERSION'], {
    env: buildEnvironment(),
    timeout: versionTimeoutMs,
  }).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  if (found instanceof Error) return { found: false, reason: `${wanted}: ${found.message}` };
  const version = found.stdout.trim();
  const [major = 0, minor = 0] = version.replace(/^go/, '').split('.').map(Number);
  const [wantedMajor, wantedMinor] = oldestGo;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) {
    return { found: true, program: 'go', version };
  }
  return { found: false, reason: `${wanted}: found is ${version}` };
}

function buildEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: '0' };
}

/** The standard library is part of the program, so another Go makes another program. */
async function buildKey(folder: string): Promise<string> {
  const go = await goBinary();
  const hash = createHash('sha256').update(go.found ? go.version : '');
  for (const name of (await readdir(folder)).toSorted()) {
    hash.update(`\0${name}\0`).update(await readFile(path.join(folder, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
