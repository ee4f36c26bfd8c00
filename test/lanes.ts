import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { startTemporalServer } from '../deploy/local/temporal-server.ts';
import { componentsBinary, GoMissingError } from './real-cluster/components-binary.ts';
import { GoToolMissingError } from './support/go-tool.ts';
import { helmProgram } from './support/helm.ts';
import { quietLogger } from './support/quiet-runtime.ts';
import { bundleWorkflows } from '../worker/bundle-workflows.ts';

/**
 * Runs the tests in lanes at once, mocha by mocha, each serial as ever: two lanes of acceptance runs, which
 * wait much of the time, and two of the others, which compute and give way; `--all` adds the failure modes
 * and the full acceptance matrix. `--real` runs the acceptance suite with the failure modes, and nothing
 * else, on real clusters.
 */
interface Lane {
  readonly name: string;
  /** What is still to be run, a list of files for each mocha; lanes that share it stay even. */
  readonly queue: (readonly string[])[];
  readonly env?: NodeJS.ProcessEnv;
  /** Yields the processors to the other lanes, whose leaves expire if they get none. */
  readonly givesWay?: boolean;
}

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What mocha says of the tests that failed, to be said again at the end: thousands of lines lie between. */
  readonly failures: readonly string[];
}

/** What is made once for all lanes of acceptance runs in which each mocha has one file. */
interface Shared {
  readonly env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

const nothingShared: Shared = { env: {}, stop: () => Promise.resolve() };
const mochaPath = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'));
/** How long Temporal is away in the middle of a rotation, where everything is tested. */
const longOutageSeconds = process.env['TEMPORAL_OUTAGE_SECONDS'] ?? '600';
/** From its tally to its end: what is still open then would keep it for ever. */
const endsWithinMs = 120_000;
const nameWidth = 'simulated 1'.length;
const failuresHeading = /^\s+\d+ failing$/;
const tallyLine = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;

/**
 * Scenarios that ask for the same mesh (`useBench`), which is started once for those of a line: a start
 * takes as much as half a rotation.
 */
const onOneMesh: readonly (readonly string[])[] = [
  ['foreign-hands', 'injector-outage', 'overlap', 'troubles'],
  ['failures/key-out-of-reach', 'failures/sources', 'real/control-plane'],
  ['abort', 'bridge', 'renew-issuer'],
  // The first sees a cluster that knows of no rotation yet.
  ['operator/trigger', 'operator/steering'],
];

/** What is run most often, all on simulated clusters; what starts those whatever is asked for is in `simulated/`. */
const atHand = ['', 'operator/', 'simulated/'];

function lanesOf(flags: readonly string[], shared: NodeJS.ProcessEnv): readonly Lane[] {
  const all = flags.includes('--all');
  if (flags.includes('--real')) {
    const matrix = all ? ['matrix/'] : [];
    // Those that take longest first: two lanes are to end together.
    const files = acceptanceFiles(['real/', 'failures/', 'operator/', '', ...matrix]);
    return twoLanes('real', byMesh(files), {
      env: { ...shared, TRUST_ROTATION_CLUSTER: 'real' },
    });
  }
  const units = twoLanes('units', halves(unitFiles()), { givesWay: true });
  if (!all) return [...twoLanes('simulated', halves(acceptanceFiles(atHand))), ...units];
  const files = acceptanceFiles([...atHand, 'failures/', 'matrix/']);
  const env = { ...shared, TEMPORAL_OUTAGE_SECONDS: longOutageSeconds };
  return [...twoLanes('simulated', byMesh(files), { env }), ...units];
}

function acceptanceFiles(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => globSync(`test/acceptance/${folder}*.test.ts`).toSorted());
}

function unitFiles(): readonly string[] {
  return globSync('test/**/*.test.ts', { exclude: ['test/acceptance/**'] }).toSorted();
}

/** In turn, so that neighbours, which tend to be alike, are spread; each half starts its mocha once. */
function halves(files: readonly string[]): Lane['queue'] {
  return [0, 1].map((half) => files.filter((_file, at) => at % 2 === half));
}

/** Where files take minutes, a start of mocha each is less than an uneven end. */
function byMesh(files: readonly string[]): Lane['queue'] {
  const shared = onOneMesh
    .map((names) => names.map((name) => `test/acceptance/${name}.test.ts`))
    .map((group) => group.filter((file) => files.includes(file)));
  const alone = files.filter((file) => !shared.some((group) => group.includes(file)));
  return [...shared.filter((group) => group.length > 0), ...alone.map((file) => [file])];
}

function twoLanes(
  name: string,
  queue: Lane['queue'],
  options: Pick<Lane, 'env' | 'givesWay'> = {},
): readonly Lane[] {
  return [1, 2].map((lane) => ({ name: `${name} ${String(lane)}`, queue, ...options }));
}

function start(
  { env, givesWay = false }: Lane,
  files: readonly string[],
): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, [mochaPath, ...files], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...compileCache(), ...env },
  });
  if (givesWay && child.pid !== undefined)
    setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  return child;
}

/**
 * What one process has compiled the next one loads: tests start many workers and clients. Not where
 * coverage is measured, which is less precise for code that comes out of the cache.
 */
function compileCache(): NodeJS.ProcessEnv {
  return process.env['NODE_V8_COVERAGE'] === undefined
    ? { NODE_COMPILE_CACHE: fileURLToPath(new URL('../.cache/compile-cache', import.meta.url)) }
    : {};
}

async function startShared(): Promise<Shared> {
  const bundle = fileURLToPath(new URL('../.cache/workflow-bundle.js', import.meta.url));
  await bundleWorkflows(bundle, quietLogger);
  const temporal = await startTemporalServer({ headless: true, log: say });
  return {
    env: { ACCEPTANCE_WORKFLOW_BUNDLE: bundle, TEMPORAL_ADDRESS: temporal.address },
    stop: () => temporal.stop(),
  };
}

/** Once, before there are lanes: each would build them for itself. @throws {GoMissingError} */
async function buildForRealClusters(): Promise<void> {
  await componentsBinary(say);
  await helmProgram().catch((error: unknown) => {
    // Without Helm the suite takes the same roles from the table, and says so.
    if (!(error instanceof GoToolMissingError)) throw error;
  });
}

async function run(lane: Lane): Promise<Tally> {
  const tallies: Tally[] = [];
  for (let files = lane.queue.shift(); files !== undefined; files = lane.queue.shift())
    tallies.push(await runMocha(lane, files));
  return sumOf(tallies);
}

/**
 * One that ends without its tally has crashed, and one that does not end after it has left something
 * running; either counts as a failure.
 */
async function runMocha(lane: Lane, files: readonly string[]): Promise<Tally> {
  const child = start(lane, files);
  const inputs = [child.stdout, child.stderr];
  const tell = (line: string): string => `${lane.name.padEnd(nameWidth)} │ ${line}`;
  const failures: string[] = [];
  let tally: Tally | undefined;
  let overdue: NodeJS.Timeout | undefined;
  const print = (line: string): void => {
    const [, passed, failed, skipped = '0'] = tallyLine.exec(line) ?? [];
    if (failuresHeading.test(line) || failures.length > 0) failures.push(tell(line));
    if (passed !== undefined && failed !== undefined) {
      tally = {
        passed: Number(passed),
        failed: Number(failed),
        skipped: Number(skipped),
        failures,
      };
      overdue = setTimeout(() => {
        child.kill('SIGKILL');
        for (const input of inputs) input.destroy();
      }, endsWithinMs);
    }
    say(tell(line));
  };
  for (const input of inputs) createInterface({ input }).on('line', print);
  await once(child, 'close');
  clearTimeout(overdue);
  if (tally !== undefined && (child.exitCode === 0 || tally.failed > 0)) return tally;
  const end = tell(`ended with ${child.signalCode ?? `exit status ${String(child.exitCode)}`}`);
  say(end);
  return {
    passed: tally?.passed ?? 0,
    failed: 1,
    skipped: tally?.skipped ?? 0,
    failures: [...failures, end],
  };
}

function sumOf(tallies: readonly Tally[]): Tally {
  const sum = (count: (tally: Tally) => number): number =>
    tallies.reduce((total, tally) => total + count(tally), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
    failures: tallies.flatMap(({ failures }) => failures),
  };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const flags = process.argv.slice(2);
const unknown = flags.filter((flag) => !['--all', '--real'].includes(flag));
if (unknown.length > 0) {
  say(`There is no ${unknown.join(' ')}: --real and --all are all that there is.`);
  process.exit(2);
}
try {
  if (flags.includes('--real')) await buildForRealClusters();
  const shared = flags.length > 0 ? await startShared() : nothingShared;
  const startedMs = performance.now();
  const { passed, failed, skipped, failures } = sumOf(
    await Promise.all(lanesOf(flags, shared.env).map(run)).finally(() => shared.stop()),
  );
  failures.forEach(say);
  say(`Builds not counted, it took ${((performance.now() - startedMs) / 60_000).toFixed(1)} min.`);
  const skips = skipped > 0 ? `, ${String(skipped)} skipped` : '';
  say(`${String(passed)} passed, ${String(failed)} failed${skips}`);
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof GoMissingError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
