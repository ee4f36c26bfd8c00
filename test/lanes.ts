import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/**
 * Runs the tests in lanes at once. Each lane is one mocha, serial as ever: two of acceptance runs, which
 * wait much of the time, and two of the others, which compute and give way; `--all` adds the failure modes
 * and the full acceptance matrix. `--real` runs the acceptance suite with the failure modes, and nothing
 * else, on real clusters.
 */
interface Lane {
  readonly name: string;
  readonly files: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Yields the processors to the other lanes, whose leaves expire if they get none. */
  readonly givesWay?: boolean;
}

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const mochaPath = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'));
/** How long Temporal is away in the middle of a rotation, where everything is tested. */
const longOutageSeconds = process.env['TEMPORAL_OUTAGE_SECONDS'] ?? '600';
/** From its tally to its end: what is still open then would keep it for ever. */
const endsWithinMs = 30_000;
const nameWidth = 'simulated 1'.length;
const tallyLine = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;

function lanesOf(flags: readonly string[]): readonly Lane[] {
  const all = flags.includes('--all');
  const matrix = all ? ['matrix/'] : [];
  if (flags.includes('--real')) {
    const files = acceptanceFiles(['', 'operator/', 'failures/', 'real/', ...matrix])
      // What a command refuses it refuses before it comes to a cluster's kind.
      .filter((file) => !file.startsWith('test/acceptance/bad-input-'));
    const env = { TRUST_ROTATION_CLUSTER: 'real' };
    return dealt('real', files, { env });
  }
  const failures = all ? ['failures/'] : [];
  return [
    ...dealt('simulated', acceptanceFiles(['', 'operator/', ...failures, ...matrix]), {
      env: all ? { TEMPORAL_OUTAGE_SECONDS: longOutageSeconds } : {},
    }),
    ...dealt('units', unitFiles(), { givesWay: true }),
  ];
}

function acceptanceFiles(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => globSync(`test/acceptance/${folder}*.test.ts`).toSorted());
}

function unitFiles(): readonly string[] {
  return globSync('test/**/*.test.ts', { exclude: ['test/acceptance/**'] }).toSorted();
}

/** Files in turn to each of two lanes, so that neighbours, which tend to be alike, are spread. */
function dealt(
  name: string,
  files: readonly string[],
  options: Pick<Lane, 'env' | 'givesWay'>,
): readonly Lane[] {
  return [0, 1].map((lane) => ({
    name: `${name} ${String(lane + 1)}`,
    files: files.filter((_file, at) => at % 2 === lane),
    ...options,
  }));
}

function start({
  files,
  env,
  givesWay = false,
}: Lane): ChildProcessByStdio<null, Readable, Readable> {
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

/**
 * A lane that ends without its tally has crashed, and one that does not end after it has left something
 * running; either counts as a failure.
 */
async function run(lane: Lane): Promise<Tally> {
  const child = start(lane);
  const inputs = [child.stdout, child.stderr];
  let tally: Tally | undefined;
  let overdue: NodeJS.Timeout | undefined;
  const print = (line: string): void => {
    const [, passed, failed, skipped = '0'] = tallyLine.exec(line) ?? [];
    if (passed !== undefined && failed !== undefined) {
      tally = { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
      overdue = setTimeout(() => {
        child.kill('SIGKILL');
        for (const input of inputs) input.destroy();
      }, endsWithinMs);
    }
    process.stdout.write(`${lane.name.padEnd(nameWidth)} │ ${line}\n`);
  };
  for (const input of inputs) createInterface({ input }).on('line', print);
  await once(child, 'close');
  clearTimeout(overdue);
  if (tally !== undefined && (child.exitCode === 0 || tally.failed > 0)) return tally;
  process.stdout.write(
    `${lane.name.padEnd(nameWidth)} │ ended with ${child.signalCode ?? `exit status ${String(child.exitCode)}`}\n`,
  );
  return { passed: tally?.passed ?? 0, failed: 1, skipped: tally?.skipped ?? 0 };
}

const tallies = await Promise.all(lanesOf(process.argv.slice(2)).map(run));
const sum = (count: (tally: Tally) => number): number =>
  tallies.reduce((total, tally) => total + count(tally), 0);
const skipped = sum((tally) => tally.skipped);
const failed = sum((tally) => tally.failed);
const skips = skipped > 0 ? `, ${String(skipped)} skipped` : '';
process.stdout.write(
  `${String(sum((tally) => tally.passed))} passed, ${String(failed)} failed${skips}\n`,
);
process.exitCode = failed > 0 ? 1 : 0;
