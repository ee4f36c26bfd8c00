import { writeFile } from 'node:fs/promises';
import { catalogue } from './catalogue.ts';
import type { BenchOptions } from './options.ts';
import { benchNames, benchUsage, BenchUsageError, parseBenchOptions } from './options.ts';
import type { Row } from './row.ts';
import { createStage } from './stage.ts';
import { renderTable } from './table.ts';
import { Teardown } from '../../deploy/local/teardown.ts';

const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

async function main(): Promise<number> {
  const options = parseBenchOptions(process.argv.slice(2));
  if (options === undefined) {
    print(benchUsage);
    return exitCodes.ok;
  }
  const teardown = new Teardown();
  const interrupted = new Promise<'interrupted'>((resolve) => {
    process.once('SIGINT', () => resolve('interrupted'));
    process.once('SIGTERM', () => resolve('interrupted'));
  });
  try {
    const outcome = await Promise.race([runBenches(options, teardown), interrupted]);
    if (outcome !== 'interrupted') return outcome;
    say('Interrupted; everything that was started is being stopped …');
    return exitCodes.interrupted;
  } finally {
    await teardown.run();
  }
}

async function runBenches(options: BenchOptions, teardown: Teardown): Promise<number> {
  const rows: Row[] = [];
  const failures: string[] = [];
  const stage = createStage({ options, teardown, say });
  for (const name of benchNames.filter((one) => options.only.includes(one))) {
    const startedMs = performance.now();
    try {
      rows.push(...(await catalogue[name](stage)));
      say(`${name}: ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
    } catch (error) {
      // The others say something all the same.
      failures.push(
        `${name} was not measured: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  for (const line of renderTable(rows)) print(line);
  for (const failure of failures) say(failure);
  if (options.json !== undefined)
    await writeFile(options.json, `${JSON.stringify({ rows, failures }, null, 2)}\n`);
  const missed = rows.some(({ met }) => met === false);
  return failures.length > 0 || (options.check && missed) ? exitCodes.failed : exitCodes.ok;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Progress goes where the table does not. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof BenchUsageError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(isUsage ? `${message}\n\n${benchUsage}` : `The bench stopped: ${message}\n`);
  process.exitCode = isUsage ? exitCodes.usage : exitCodes.failed;
}
// A bench that was interrupted may still be waiting for something.
process.exit();
