import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * Runs the tests in lanes at once. Each lane is one mocha, serial as ever: the acceptance runs, which wait
 * much of the time, beside the others, which compute; `--all` adds the failure modes and the full
 * acceptance matrix. `--real` runs the acceptance suite with the failure modes, and nothing else, on real
 * clusters, in two lanes: what computes there are the cluster's own processes, and little.
 */
interface Lane {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const mochaPath = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'));
/** How long Temporal is away in the middle of a rotation, where everything is tested. */
const longOutageSeconds = process.env['TEMPORAL_OUTAGE_SECONDS'] ?? '600';
const tallyLine = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;

function lanesOf(flags: readonly string[]): readonly Lane[] {
  const all = flags.includes('--all');
  const matrix = all ? ['matrix/'] : [];
  if (flags.includes('--real')) {
    const files = acceptanceFiles(['', 'operator/', 'failures/', 'real/', ...matrix])
      // What a command refuses it refuses before it comes to a cluster's kind.
      .filter((file) => !file.startsWith('test/acceptance/bad-input-'));
    const env = { TRUST_ROTATION_CLUSTER: 'real' };
    return dealt(files).map((args, lane) => ({ name: `real ${String(lane + 1)}`, args, env }));
  }
  const failures = all ? ['failures/'] : [];
  return [
    {
      name: 'acceptance',
      args: acceptanceFiles(['', 'operator/', ...failures, ...matrix]),
      ...(all ? { env: { TEMPORAL_OUTAGE_SECONDS: longOutageSeconds } } : {}),
    },
    { name: 'units', args: ['--ignore', 'test/acceptance/**', 'test/**/*.test.ts'] },
  ];
}

function acceptanceFiles(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => globSync(`test/acceptance/${folder}*.test.ts`).toSorted());
}

/** Files in turn to each lane, so that neighbours, which tend to be alike, are spread. */
function dealt(files: readonly string[]): readonly (readonly string[])[] {
  return [0, 1].map((lane) => files.filter((_file, at) => at % 2 === lane));
}

/** A lane that ends without its tally has crashed, which counts as a failure. */
async function run({ name, args, env }: Lane): Promise<Tally> {
  const child = spawn(process.execPath, [mochaPath, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let tally: Tally | undefined;
  const print = (line: string): void => {
    const [, passed, failed, skipped = '0'] = tallyLine.exec(line) ?? [];
    if (passed !== undefined && failed !== undefined) {
      tally = { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
    }
    process.stdout.write(`${name.padEnd(10)} │ ${line}\n`);
  };
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', print);
  await once(child, 'close');
  if (tally !== undefined && (child.exitCode === 0 || tally.failed > 0)) return tally;
  process.stdout.write(
    `${name.padEnd(10)} │ ended with ${child.signalCode ?? `exit status ${String(child.exitCode)}`}\n`,
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
