import { parseArgs } from 'node:util';
import type { ClusterKind } from '../../deploy/local/local-cluster.ts';

/** The benches, in the order in which they run: cheap ones first. */
export const benchNames = [
  'survey',
  'probing',
  'detection',
  'rotation',
  'guide',
  'workers',
] as const;
export type BenchName = (typeof benchNames)[number];

export interface BenchOptions {
  readonly only: readonly BenchName[];
  readonly cluster: ClusterKind;
  /** Proxies of the meshes that are rotated. */
  readonly sizes: readonly number[];
  /** Pods of the fleet that is surveyed, probed and watched. */
  readonly pods: number;
  /** Where the rows go as JSON, too. */
  readonly json?: string;
  /** A missed goal makes the exit status 1. */
  readonly check: boolean;
}

export const benchUsage = `Usage: npm run bench -- [options]

Measures the rotation against something else that is measured in the same run, and prints a table.

Options:
  --only LIST                of ${benchNames.join(', ')} (default: all)
  --cluster real|simulated   real Kubernetes and cert-manager processes, built once with Go, or ours
                             in one process (default: real)
  --sizes LIST               proxies of the meshes that are rotated (default: 40,400)
  --pods N                   pods that are surveyed, probed and watched (default: 10000)
  --json FILE                write the rows there as well
  --check                    exit with 1 when a goal is missed
  --help                     this text

Example:
  npm run bench -- --only survey,probing --cluster simulated --pods 2000

Exit status: 0 when everything was measured, 1 when something could not be (with --check also when a
goal is missed), 2 for a wrong option, 130 after Ctrl-C.
`;

/** The options were not understood; the message says which, and what there is. */
export class BenchUsageError extends Error {
  override readonly name = 'BenchUsageError';
}

const config = {
  options: {
    only: { type: 'string', default: benchNames.join(',') },
    cluster: { type: 'string', default: 'real' },
    sizes: { type: 'string', default: '40,400' },
    pods: { type: 'string', default: '10000' },
    json: { type: 'string' },
    check: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
} as const;

/** More would need more addresses than the loopback has for one mesh. */
const mostPods = 50_000;

/**
 * `undefined` when help was asked for.
 * @throws BenchUsageError
 */
export function parseBenchOptions(args: readonly string[]): BenchOptions | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  return {
    only: values.only.split(',').map((name) => oneOf('--only', name, benchNames)),
    cluster: oneOf('--cluster', values.cluster, ['real', 'simulated'] as const),
    sizes: values.sizes.split(',').map((size) => countOf('--sizes', size)),
    pods: countOf('--pods', values.pods),
    ...(values.json === undefined ? {} : { json: values.json }),
    check: values.check === true,
  };
}

function parse(args: readonly string[]): ReturnType<typeof parseArgs<typeof config>>['values'] {
  try {
    return parseArgs({ ...config, args: [...args] }).values;
  } catch (error) {
    throw new BenchUsageError(error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

function oneOf<Choice extends string>(
  flag: string,
  given: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((candidate) => candidate === given.trim());
  if (choice !== undefined) return choice;
  throw new BenchUsageError(`${flag} has ${given}, which is none of ${choices.join(', ')}`);
}

function countOf(flag: string, given: string): number {
  const count = Number(given);
  if (/^\d+$/.test(given.trim()) && count >= 10 && count <= mostPods) return count;
  throw new BenchUsageError(
    `${flag} has ${given}, which is no number from 10 to ${String(mostPods)}`,
  );
}
