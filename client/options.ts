import type { Command } from 'commander';
import { Option } from 'commander';
import { z } from 'zod';
import { documentedObjects } from '../domain/objects.ts';
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
  linkerdNamespace: z.string().optional(),
  as: z.string().optional(),
  asGroup: z.array(z.string()).optional(),
  output: z.enum(['text', 'table', 'json', 'short']),
});
type GivenOptions = z.infer<typeof globalOptions>;

/** Flags that every command takes. */
export interface GlobalOptions extends Omit<GivenOptions, 'output'> {
  readonly output: 'text' | 'json';
  /** Text that leaves out what is as it should be; only `check` has more and less to say. */
  readonly short?: true;
}

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
      new Option('-o, --output <format>', 'what to print; table is text, short is for check')
        .choices(['text', 'table', 'json', 'short'])
        .default('text'),
    );
}

/** Flags that `linkerd` passes to every extension (linkerd2 `EXTENSIONS.md`). */
export function addExtensionOptions(program: Command): Command {
  return program
    .option(
      '-L, --linkerd-namespace <name>',
      "namespace of Linkerd's control plane",
      documentedObjects.linkerdNamespace,
    )
    .option('--as <user>', 'Kubernetes user to act as')
    .option('--as-group <group>', 'not supported: refused unless it is empty', collectGroups)
    .addOption(
      new Option('--api-addr <host:port>', "of Linkerd's API, which nothing here uses").hideHelp(),
    )
    .option('--verbose', 'show the stack of an unexpected error');
}

/** Go prints a list of flags in brackets, and `linkerd` passes even the empty one. */
function collectGroups(text: string, before: readonly string[] = []): readonly string[] {
  const named = text.replace(/^\[(.*)\]$/, '$1').split(',');
  return [...before, ...named.map((group) => group.trim()).filter((group) => group !== '')];
}

export function globalOptionsOf(command: Command): GlobalOptions {
  const { output, ...given } = globalOptions.parse(command.optsWithGlobals());
  return {
    ...given,
    output: output === 'json' ? 'json' : 'text',
    ...(output === 'short' ? { short: true } : {}),
  };
}

/** @throws CommandError (usage) for a group: to leave it out unsaid would ask with other rights */
export function userToActAs({ as: user, asGroup: groups = [] }: GlobalOptions): string | undefined {
  if (groups.length === 0) return user === '' ? undefined : user;
  throw new CommandError(ExitCode.usage, {
    tried: `act as a member of ${groups.join(', ')}`,
    happened: 'this client can act as a user only, who has the groups that the cluster gives',
    nextStep: 'leave --as-group out, or use a kubeconfig with credentials of such a member',
  });
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
    ['--as', options.as],
    ['--linkerd-namespace', unlessDocumented(options.linkerdNamespace)],
    ['--temporal-address', options.temporalAddress],
    ['--temporal-namespace', options.temporalNamespace],
  ];
  const given = flags.flatMap(([flag, value]) =>
    value === undefined ? [] : [flag, shellWord(value)],
  );
  return ['linkerd-trust', ...given].join(' ');
}

function unlessDocumented(namespace: string | undefined): string | undefined {
  return namespace === documentedObjects.linkerdNamespace ? undefined : namespace;
}
