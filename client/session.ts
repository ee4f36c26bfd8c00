import type { ClusterAccess } from './cluster.ts';
import { CommandError } from './command-error.ts';
import type { CommandContext } from './context.ts';
import { ExitCode } from './exit-codes.ts';
import { readResource } from './mesh-settings.ts';
import type { GlobalOptions } from './options.ts';
import { personOf, userToActAs } from './options.ts';
import { isTemporalNamed } from './temporal-settings.ts';
import type { TemporalAccess } from './temporal.ts';
import { toldRotation } from './told-rotation.ts';
import { workflowPage } from '../domain/web-ui.ts';

/** A cluster and the Temporal namespace in which its rotations run. */
export interface RotationAccess extends TemporalAccess {
  readonly cluster: ClusterAccess;
  /** Address of a workflow's page, where the base is known. */
  readonly pageOf: (workflowId: string) => string | undefined;
}

/** Opens the cluster that the flags name, and closes it whatever happens. */
export async function withCluster<Result>(
  context: CommandContext,
  options: GlobalOptions,
  use: (cluster: ClusterAccess) => Promise<Result>,
): Promise<Result> {
  const { kubeconfig, clusterName } = options;
  const cluster = await context.connectors.openCluster({
    kubeconfig,
    context: options.context,
    clusterName,
    actAs: userToActAs(options),
    env: context.env,
  });
  try {
    return await use(cluster);
  } finally {
    await cluster.close();
  }
}

/** Opens the cluster and Temporal; whoever looks without a name is written down as nobody. */
export async function withRotation<Result>(
  context: CommandContext,
  options: GlobalOptions,
  use: (access: RotationAccess) => Promise<Result>,
): Promise<Result> {
  return withCluster(context, options, async (cluster) => {
    await requireNamedServer(context, options, cluster);
    const temporal = await context.connectors.openTemporal({
      address: options.temporalAddress,
      namespace: options.temporalNamespace,
      identity: `linkerd-trust ${options.by ?? context.userName ?? 'nobody'}`,
      env: context.env,
    });
    const base = options.webUi ?? context.env['TEMPORAL_UI_URL'];
    const { namespace } = temporal;
    try {
      return await use({
        ...temporal,
        cluster,
        pageOf: (workflowId) =>
          base === undefined || base === ''
            ? undefined
            : workflowPage({ base, namespace }, workflowId),
      });
    } finally {
      await temporal.close();
    }
  });
}

/**
 * A server that merely listens where Temporal's clients look by default would answer that nothing runs in
 * a cluster whose resource tells of a rotation elsewhere.
 */
async function requireNamedServer(
  { env }: CommandContext,
  options: GlobalOptions,
  { name, kube }: ClusterAccess,
): Promise<void> {
  if (isTemporalNamed(options, env)) return;
  const told = toldRotation(await readResource(kube));
  if (told === undefined) return;
  throw new CommandError(ExitCode.temporal, {
    tried: `find the Temporal server of ${name}`,
    happened: `nobody has named it, and what listens where Temporal is by default need not be it: TrustAnchorRotation cluster is in phase ${told.phase}`,
    nextStep:
      'name it with --temporal-address or TEMPORAL_ADDRESS; linkerd-trust status shows what the resource tells',
  });
}

/** As {@link withRotation}, for commands that a person answers for: without a name nothing is opened. */
export async function withPerson<Result>(
  context: CommandContext,
  options: GlobalOptions,
  use: (access: RotationAccess, by: string) => Promise<Result>,
): Promise<Result> {
  const by = personOf(context, options);
  return withRotation(context, options, (access) => use(access, by));
}
