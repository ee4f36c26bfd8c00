import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import { CommandError } from './command-error.ts';
import type { CommandContext } from './context.ts';
import { ExitCode } from './exit-codes.ts';
import { shellWord } from './format.ts';

const globalOptions = z.object({
  kubeconfig: z.string().optional(),
  context: z.string().optional(),
  clusterName: z.string().optional(),
  temporalAddress: z.string().optional(),
  temporalNamespace: z.string().optional(),
  webUi: z.string().optional(),
  by: z.string().optional(),
  output: z.enum(['text', 'json']),
});

/** Flags that every command takes. */
export type GlobalOptions = z.infer<typeof globalOptions>;

export function addGlobalOptions(program: Command): Command {
  return program
    .option('--kubeconfig <file>', 'kubeconfig file (default: KUBECONFIG, then ~/.kube/config)')
    .option('--context <name>', 'context in it (default: its current context)')
    .option('--cluster-name <name>', 'what to call the cluster (default: the name of the context)')
    .option(
      '--temporal-address <host:port>',
      'Temporal server (default: TEMPORAL_ADDRESS, profile)',
    )
    .option('--temporal-namespace <name>', 'namespace (default: TEMPORAL_NAMESPACE, profile)')
    .option('--web-ui <url>', 'base of the Temporal Web UI, for links (default: TEMPORAL_UI_URL)')
    .option('--by <name>', 'who asks; kept in the report (default: your user name)')
    .addOption(
      new Option('--output <format>', 'what to print').choices(['text', 'json']).default('text'),
    );
}

export function globalOptionsOf(command: Command): GlobalOptions {
  return globalOptions.parse(command.optsWithGlobals());
}

/** @throws CommandError (usage) when nobody can be named: what people decide is kept with their name */
export function personOf({ userName }: CommandContext, { by }: GlobalOptions): string {
  const name = (by ?? userName ?? '').trim();
  if (name !== '') return name;
  throw new CommandError(ExitCode.usage, {
    tried: 'say who asks for this',
    happened:
      by === undefined ? 'the operating system knows no name for this user' : '--by is empty',
    nextStep: 'name the person with --by NAME; it is kept in the report',
  });
}

/** How to call this program again for the same cluster: for the commands that texts suggest. */
export function sameCommand(options: GlobalOptions): string {
  const flags: readonly (readonly [string, string | undefined])[] = [
    ['--kubeconfig', options.kubeconfig],
    ['--context', options.context],
    ['--temporal-address', options.temporalAddress],
    ['--temporal-namespace', options.temporalNamespace],
  ];
  const given = flags.flatMap(([flag, value]) =>
    value === undefined ? [] : [flag, shellWord(value)],
  );
  return ['linkerd-trust', ...given].join(' ');
}
