import { parseArgs } from 'node:util';
import type { Method, Pace } from '../../domain/phases.ts';
import { paces } from '../../domain/phases.ts';
import type { ClusterKind } from './local-cluster.ts';

/** What the demo shows: a rotation, what people do by hand, or nothing but restarts. */
export type DemoScript = 'rotate' | 'by-hand' | 'restart-only';

export interface DemoOptions {
  readonly script: DemoScript;
  readonly method: Method | 'auto';
  readonly pace: Pace;
  readonly cluster: ClusterKind;
  /** Leave everything running at the end, until Ctrl-C. */
  readonly keep: boolean;
}

export const demoUsage = `Usage: npm run demo -- [options]

Rotates the trust anchor of a Linkerd mesh on this machine while traffic flows.

Options:
  --method auto|bridge|overlap     how trust is carried over (default: auto)
  --pace natural|steady|urgent     what workloads are restarted for (default: steady)
  --real                           on real Kubernetes, cert-manager and trust-manager processes,
                                   built once with Go
  --keep                           leave server, mesh and worker running until Ctrl-C
  --by-hand                        run the guide's order of 2025 instead, and count what it breaks
  --restart-only                   restart every workload once and rotate nothing: the control run
  --help                           this text

Example:
  npm run demo -- --method overlap --pace urgent

Exit status: 0 if no handshake failed, every proxy and every pair of trust states was tried in every
phase, and the old anchor is gone (with --by-hand: if failures were shown); 1 if not; 2 for a wrong
option; 130 after Ctrl-C.
`;

/** The options were not understood; the message says which, and what there is. */
export class DemoUsageError extends Error {
  override readonly name = 'DemoUsageError';
}

const methods = ['auto', 'bridge', 'overlap'] as const;

/**
 * `undefined` when help was asked for.
 * @throws DemoUsageError
 */
export function parseDemoOptions(args: readonly string[]): DemoOptions | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  if (values['by-hand'] === true && values['restart-only'] === true) {
    throw new DemoUsageError('--by-hand and --restart-only are two different demos: choose one');
  }
  const script = values['by-hand'] === true ? 'by-hand' : 'rotate';
  return {
    script: values['restart-only'] === true ? 'restart-only' : script,
    method: oneOf('--method', values.method, methods),
    pace: oneOf('--pace', values.pace, paces),
    cluster: values.real === true ? 'real' : 'simulated',
    keep: values.keep === true,
  };
}

function parse(args: readonly string[]): ReturnType<typeof parseArgs<typeof config>>['values'] {
  try {
    return parseArgs({ ...config, args: [...args] }).values;
  } catch (error) {
    throw new DemoUsageError(error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

const config = {
  options: {
    method: { type: 'string', default: 'auto' },
    pace: { type: 'string', default: 'steady' },
    real: { type: 'boolean' },
    keep: { type: 'boolean' },
    'by-hand': { type: 'boolean' },
    'restart-only': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
} as const;

function oneOf<Choice extends string>(
  flag: string,
  given: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((candidate) => candidate === given);
  if (choice !== undefined) return choice;
  throw new DemoUsageError(`${flag} is ${given}, which is none of ${choices.join(', ')}`);
}
