import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** The share of lines, in percent, that tests must run; where a mistake costs most it is highest. */
export const lineThresholds: Readonly<Record<string, number>> = {
  domain: 95,
  mesh: 85,
  activities: 85,
};

const fileCoverage = z.object({ lines: z.object({ total: z.number(), covered: z.number() }) });
const coverageSummary = z.record(z.string(), fileCoverage);

/** c8's `json-summary`: absolute file names, and `total` for all of them. */
export type CoverageSummary = z.infer<typeof coverageSummary>;

export interface FolderCoverage {
  readonly folder: string;
  readonly percent: number;
  readonly required: number;
}

/** Adds up the lines of each folder that has a threshold. A folder without one line counts as bare. */
export function folderCoverage(summary: CoverageSummary, root: string): FolderCoverage[] {
  return Object.entries(lineThresholds).map(([folder, required]) => {
    const prefix = path.join(root, folder) + path.sep;
    const files = Object.entries(summary).filter(([file]) => file.startsWith(prefix));
    const total = files.reduce((sum, [, { lines }]) => sum + lines.total, 0);
    const covered = files.reduce((sum, [, { lines }]) => sum + lines.covered, 0);
    return { folder, percent: total === 0 ? 0 : (100 * covered) / total, required };
  });
}

/** Prints each folder with its threshold; the exit code is 1 when one is missed. */
async function main(): Promise<void> {
  const root = path.resolve(import.meta.dirname, '..');
  const file = path.join(root, 'coverage', 'coverage-summary.json');
  const summary = coverageSummary.parse(JSON.parse(await readFile(file, 'utf8')));
  for (const { folder, percent, required } of folderCoverage(summary, root)) {
    const missed = percent < required;
    const verdict = missed ? 'MISSED' : 'ok';
    process.stdout.write(
      `${folder}/: ${percent.toFixed(1)} % of lines, ${required} % required: ${verdict}\n`,
    );
    if (missed) process.exitCode = 1;
  }
}

if (import.meta.main) await main();
