import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { messageOf } from '../../deploy/local/run-program.ts';

const run = promisify(execFile);
const cacheFolder = path.join(import.meta.dirname, '../../.cache/go');
/** What the `go` line of our modules asks for; Go would download a newer toolchain by itself otherwise. */
const oldestGo = [1, 26] as const;
const versionTimeoutMs = 10_000;
/** The first build compiles the standard library too. */
export const goBuildTimeoutMs = 900_000;
/** A released command brings its modules: the first install downloads and compiles them, in minutes. */
export const goInstallTimeoutMs = 1_200_000;
const downloadTimeoutMs = 300_000;
/** How `go` says that there is no way to its modules: that is no fault of what is tested. */
const offline =
  /dial tcp|no such host|connection re|i\/o timeout|GOPROXY=off|proxyconnect|reading https?:/i;

export type GoTool =
  | { readonly found: true; readonly program: string; readonly version: string }
  | { readonly found: false; readonly reason: string };

/** A command of a released module. */
export type GoCommand = {
  /** As in `helm.sh/helm/v4/cmd/helm`; the last part is its name. */
  readonly package: string;
  /** Build tags, separated by commas. */
  readonly tags?: string;
} & GoPin;

/**
 * `version`, as in `v4.3.1`, is for what `go install` builds by itself. It refuses a module that replaces
 * or excludes others: such a one is pinned by `module`, the folder of a go.mod and go.sum of ours.
 */
type GoPin = { readonly version: string } | { readonly module: string };

/** What cannot be had on this machine, which a test says instead of failing. */
export class GoToolMissingError extends Error {
  override readonly name = 'GoToolMissingError';
}

let tool: Promise<GoTool> | undefined;
const installing = new Map<string, Promise<string>>();

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
  return orPending(context, requireGo);
}

/**
 * For a `before` hook: what `provide` has of Go's (a program, a module), or every test of the suite
 * becomes pending with the reason, where that cannot be had on this machine.
 */
export async function orPending<T>(context: Mocha.Context, provide: () => Promise<T>): Promise<T> {
  try {
    return await provide();
  } catch (error) {
    if (!(error instanceof GoToolMissingError)) throw error;
    const suite = context.test?.parent?.fullTitle() ?? 'a suite';
    process.stdout.write(`\n  !! PENDING, NOT TESTED: ${suite}\n  !! ${error.message}\n`);
    return context.skip();
  }
}

/**
 * A released command, installed into the ignored folder `.cache` on first use; answers with its path.
 *
 * @throws {GoToolMissingError} without Go, or without a way to the modules.
 * @throws Error with the words of `go install` when it does not build.
 */
export function installGoCommand(command: GoCommand): Promise<string> {
  const key = JSON.stringify(command);
  const known = installing.get(key) ?? install(command);
  installing.set(key, known);
  return known;
}

/**
 * The folder of a module in Go's own cache: `pinnedBy` is the folder of a module that requires it, or
 * the version.
 *
 * @throws {GoToolMissingError} without Go, or without a way to the module.
 */
export async function goModuleFolder(
  modulePath: string,
  pinnedBy: { readonly folder: string } | { readonly version: string },
): Promise<string> {
  const go = await requireGo();
  const args =
    'folder' in pinnedBy
      ? ['-C', pinnedBy.folder, 'mod', 'download', '-json', modulePath]
      : ['mod', 'download', '-json', `${modulePath}@${pinnedBy.version}`];
  const options = { env: buildEnvironment(), timeout: downloadTimeoutMs };
  const { stdout } = await run(go, args, options).catch(explained(`go ${args.join(' ')}`));
  return z.object({ Dir: z.string() }).parse(JSON.parse(stdout)).Dir;
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
    const words = messageOf(error);
    throw new Error(`go build in ${folder} failed: ${words}`, { cause: error });
  } finally {
    await rm(unfinished, { force: true });
  }
  return binary;
}

async function requireGo(): Promise<string> {
  const go = await goBinary();
  if (go.found) return go.program;
  throw new GoToolMissingError(go.reason);
}

async function install(command: GoCommand): Promise<string> {
  const go = await requireGo();
  const name = path.basename(command.package);
  const binary = path.join(cacheFolder, `${name}-${await pinOf(command)}`);
  if (await exists(binary)) return binary;
  process.stdout.write(`\n  building ${path.basename(binary)} with Go, once, in minutes\n`);
  const unfinished = `${binary}.${String(process.pid)}`;
  const args = buildArguments(command, unfinished);
  const env = { ...buildEnvironment(), GOBIN: unfinished };
  try {
    const running = run(go, args, { env, timeout: goInstallTimeoutMs, maxBuffer: 16_000_000 });
    // Other tests measure times meanwhile; the compilers inherit the priority.
    if (running.child.pid !== undefined) {
      setPriority(running.child.pid, constants.priority.PRIORITY_LOW);
    }
    await running.catch(explained(`go ${args.join(' ')}`));
    await rename(path.join(unfinished, name), binary);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return binary;
}

/** Names one build of one command. */
async function pinOf(command: GoCommand): Promise<string> {
  if ('version' in command) {
    const hash = createHash('sha256').update(JSON.stringify([await goBinary(), command]));
    return `${command.version}-${hash.digest('hex').slice(0, 8)}`;
  }
  // Where the module lies is no part of what it builds.
  const rest = JSON.stringify({ ...command, module: await buildKey(command.module) });
  return createHash('sha256').update(rest).digest('hex').slice(0, 16);
}

/** Both put a program by the command's name into `folder`. */
function buildArguments(command: GoCommand, folder: string): readonly string[] {
  const flags = ['-trimpath', ...(command.tags === undefined ? [] : ['-tags', command.tags])];
  return 'version' in command
    ? ['install', ...flags, `${command.package}@${command.version}`]
    : ['-C', command.module, 'build', ...flags, '-o', `${folder}/`, command.package];
}

/** For a `catch`: which command failed, and whether that is for want of a network. */
function explained(command: string): (error: unknown) => never {
  return (error) => {
    // With -json, Go says on stdout what went wrong.
    const words = [messageOf(error), z.object({ stdout: z.string() }).safeParse(error).data?.stdout]
      .filter((part) => part !== undefined && part !== '')
      .join('\n');
    const message = `${command} failed: ${words}`;
    if (offline.test(words)) throw new GoToolMissingError(message, { cause: error });
    throw new Error(message, { cause: error });
  };
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
