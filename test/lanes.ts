import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * Runs the tests in two lanes at once: acceptance runs wait most of the time, the others compute. Each
 * lane is one mocha, serial as ever; `--all` adds the failure modes and the full acceptance matrix.
 * `--real` runs the acceptance suite with the failure modes, and nothing else, on a real cluster.
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
  if (flags.includes('--real')) {
    const env = { TRUST_ROTATION_CLUSTER: 'real' };
    // What a command refuses it refuses before it comes to a cluster's kind.
    const commands = ['--ignore', 'test/acceptance/bad-input-*.test.ts'];
    const suite = suiteOf(['', 'operator/', 'failures/', 'real/', ...(all ? ['matrix/'] : [])]);
    return [{ name: 'real', args: [...commands, ...suite], env }];
  }
  return [
    {
      name: 'acceptance',
      args: suiteOf(['', 'operator/', ...(all ? ['failures/', 'matrix/'] : [])]),
      ...(all ? { env: { TEMPORAL_OUTAGE_SECONDS: longOutageSeconds } } : {}),
    },
    { name: 'units', args: ['--ignore', 'test/acceptance/**', 'test/**/*.test.ts'] },
  ];
}

function suiteOf(folders: readonly string[]): readonly string[] {
  return folders.map((folder) => `test/acceptance/${folder}*.test.ts`);
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
