import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf, runProgram } from '../../deploy/local/run-program.ts';

/** Their sources, and the module whose dependencies hold the CRDs. */
export const componentsFolder = path.join(import.meta.dirname, 'components');
const cacheFolder = path.join(import.meta.dirname, '../../.cache/real-cluster');
const oldestGo = [1, 26];
const kubernetesVersion = 'v1.36.3';

/** Stamped in, or clients that read the server's version find none. */
const versionStamps = [
  `-X k8s.io/component-base/version.gitVersion=${kubernetesVersion}`,
  `-X k8s.io/client-go/pkg/version.gitVersion=${kubernetesVersion}`,
  '-X k8s.io/component-base/version.gitMajor=1',
  '-X k8s.io/component-base/version.gitMinor=36',
];

/** What there is to say to somebody who waits, one line each. */
export type Print = (line: string) => void;

/** Go is missing or too old; the message says what to do. */
export class GoMissingError extends Error {
  override readonly name = 'GoMissingError';
}

/** Where the program is kept once it is built; what belongs to it lies beside it under longer names. */
export async function componentsPath(): Promise<string> {
  return path.join(cacheFolder, `components-${await sourcesHash()}`);
}

/**
 * The program that holds the real components; built when its sources have changed. The first build
 * downloads and compiles Kubernetes, which takes minutes.
 *
 * @returns its path
 * @throws {GoMissingError}
 */
export async function componentsBinary(print: Print): Promise<string> {
  const binary = await componentsPath();
  if (await exists(binary)) return binary;
  await requireGo();
  await mkdir(cacheFolder, { recursive: true });
  const unfinished = `${binary}.${String(process.pid)}`;
  try {
    await buildComponents(unfinished, print);
    // Others may build at the same time; the rename publishes a finished program.
    await rename(unfinished, binary);
  } finally {
    await rm(unfinished, { force: true });
  }
  return binary;
}

/** @throws {GoMissingError} when there is no `go`, or one that is too old. */
export async function requireGo(): Promise<void> {
  const wanted = `The real cluster is built from source with Go ${oldestGo.join('.')} or later`;
  const version = await runProgram('go', ['env', 'GOVERSION'], 10_000).catch((error: unknown) => {
    throw new GoMissingError(`${wanted}, which is not on PATH (${messageOf(error)}).`, {
      cause: error,
    });
  });
  const [major = 0, minor = 0] = version.replace(/^go/, '').split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = oldestGo;
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
    throw new GoMissingError(`${wanted}; PATH has ${version.trim()}.`);
  }
}

/** A Ctrl-C in a terminal ends the compilers too; a SIGTERM to this process alone is handed on to them. */
export async function buildComponents(output: string, print: Print): Promise<void> {
  const startedMs = Date.now();
  print('Building the real cluster (etcd, Kubernetes, cert-manager, trust-manager), once:');
  const ldflags = ['-s', '-w', ...versionStamps].join(' ');
  const args = ['build', '-trimpath', '-v', '-ldflags', ldflags, '-o', output, '.'];
  const child = spawn('go', args, { cwd: componentsFolder, stdio: ['ignore', 'inherit', 'pipe'] });
  const progress = new BuildProgress(print);
  createInterface({ input: child.stderr }).on('line', (line) => progress.read(line));
  // Go ends what it has started at a SIGINT, at a SIGTERM it leaves it behind.
  const interruption = new AbortController();
  const interrupt = (): void => {
    interruption.abort();
    child.kill('SIGINT');
  };
  process.once('SIGTERM', interrupt);
  let code: number | null;
  try {
    [code] = (await once(child, 'close')) as [number | null];
  } finally {
    process.off('SIGTERM', interrupt);
    progress.stop();
  }
  if (interruption.signal.aborted || code !== 0) {
    throw new Error(
      `go ${args.slice(0, 2).join(' ')} in ${componentsFolder} failed:\n${progress.lastLines()}`,
    );
  }
  print(`Built in ${String(Math.round((Date.now() - startedMs) / 1_000))} s.`);
}

/** `go build -v` names each module that it downloads and each package that it compiles. */
class BuildProgress {
  readonly #print: Print;
  readonly #timer: NodeJS.Timeout;
  readonly #lines: string[] = [];
  #downloaded = 0;
  #compiled = 0;

  constructor(print: Print) {
    this.#print = print;
    this.#timer = setInterval(() => this.#report(), 10_000);
  }

  read(line: string): void {
    if (line.startsWith('go: downloading ')) this.#downloaded += 1;
    else this.#compiled += 1;
    this.#lines.push(line);
    if (this.#lines.length > 20) this.#lines.shift();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  lastLines(): string {
    return this.#lines.join('\n');
  }

  #report(): void {
    this.#print(
      `  ${String(this.#downloaded)} modules downloaded, ${String(this.#compiled)} packages compiled`,
    );
  }
}

async function sourcesHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(componentsFolder)).toSorted()) {
    hash.update(name).update(await readFile(path.join(componentsFolder, name)));
  }
  hash.update(versionStamps.join());
  return hash.digest('hex').slice(0, 16);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
