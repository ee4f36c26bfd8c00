import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentedObjects } from '../../../domain/objects.ts';
import { rightsOf } from '../../../mesh/rights.ts';
import type { AccessRequest, ClusterOptions } from '../../../simulator/cluster/cluster-options.ts';
import type { TrustPkiOptions } from '../../../simulator/guide/guide-objects.ts';
import { installTrustPki } from '../../../simulator/guide/install-trust-pki.ts';
import { RESOURCES } from '../../../simulator/cluster/resources.ts';
import type { SimulatedCluster } from '../../../simulator/cluster/start-cluster.ts';
import { startCluster } from '../../../simulator/cluster/start-cluster.ts';
import type { CommandRun, RunningCommand } from './command-line.ts';
import { startCommand } from './command-line.ts';

/** What a command is run with. */
export interface Call {
  /** Whose kubeconfig it gets; `admin` when absent. */
  readonly user?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A cluster and the kubeconfigs of its users, for commands that are run against it. */
export class CommandBench {
  readonly cluster: SimulatedCluster;
  readonly #folder: string;

  constructor(cluster: SimulatedCluster, folder: string) {
    this.cluster = cluster;
    this.#folder = folder;
  }

  /** Path of a kubeconfig for this cluster; the name of the file is that of the user. */
  async kubeconfig(user = 'admin'): Promise<string> {
    const file = join(this.#folder, user);
    await writeFile(file, this.cluster.kubeConfigYaml(user));
    return file;
  }

  async start(args: readonly string[], { user, env }: Call = {}): Promise<RunningCommand> {
    return startCommand(args, {
      KUBECONFIG: await this.kubeconfig(user),
      // The simulated API server has no port-forward; its pods listen on the loopback.
      TRUST_ROTATION_REACH_PROXIES_BY: 'pod-ip',
      ...env,
    });
  }

  async run(args: readonly string[], call: Call = {}): Promise<CommandRun> {
    return (await this.start(args, call)).ended;
  }

  /** Runs a command that must not be carried out: it says so, and every object stays as it is. */
  async refused(args: readonly string[], call: Call = {}): Promise<CommandRun> {
    const before = storedObjects(this.cluster);
    const run = await this.run(args, call);
    assert.deepEqual(storedObjects(this.cluster), before, 'the cluster was changed');
    assertClear(run);
    return run;
  }

  async removeFiles(): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}

export async function createCommandBench(cluster: SimulatedCluster): Promise<CommandBench> {
  return new CommandBench(cluster, await mkdtemp(join(tmpdir(), 'linkerd-trust-commands-')));
}

/**
 * Runs `use` on a cluster that is set up as the guide says, but without a mesh, after `spoil` has
 * made it what it should not be.
 */
export async function withCluster(
  given: {
    readonly cluster?: ClusterOptions;
    readonly pki?: TrustPkiOptions;
    readonly spoil?: (cluster: SimulatedCluster) => Promise<void> | void;
  },
  use: (bench: CommandBench) => Promise<void>,
): Promise<void> {
  const cluster = await startCluster(given.cluster);
  const bench = await createCommandBench(cluster);
  try {
    await installTrustPki(cluster.kubeConfigYaml(), given.pki);
    await given.spoil?.(cluster);
    // From here on nobody but the command can change an object.
    cluster.certManager.pause();
    cluster.trustManager.pause();
    await use(bench);
  } finally {
    await cluster.stop();
    await bench.removeFiles();
  }
}

const writes = new Set(['create', 'update', 'patch', 'delete']);
/** What a rotation writes, and what cert-manager and trust-manager make of that. */
const touched = new Set([
  ...rightsOf(documentedObjects)
    .filter(({ verb }) => writes.has(verb))
    .map(({ group, resource }) => `${resource}.${group}`),
  'bundles.trust.cert-manager.io',
  'configmaps.',
]);

/** The version of every object that a rotation could have changed, by kind and name. */
export function storedObjects({ store }: SimulatedCluster): Readonly<Record<string, string>> {
  const objects = RESOURCES.filter(({ plural, group }) => touched.has(`${plural}.${group}`))
    .flatMap((resource) => store.list(resource).map((object) => ({ resource, object })))
    // Kubelets renew these all the time.
    .filter(({ object }) => object.metadata.namespace !== 'kube-node-lease');
  return Object.fromEntries(
    objects.map(({ resource, object: { metadata } }) => [
      `${resource.kind} ${metadata.namespace ?? ''}/${metadata.name}`,
      metadata.resourceVersion,
    ]),
  );
}

/** Denies one right to the user of that name, and nothing to others. */
export function denying(
  rights: Readonly<Record<string, Partial<AccessRequest>>>,
): (request: AccessRequest) => boolean {
  return (request) => {
    const denied = rights[request.user];
    if (denied === undefined) return true;
    // Sound: the entries of a Partial<AccessRequest> have its own keys.
    const fields = Object.entries(denied) as [keyof AccessRequest, string][];
    return fields.some(([field, value]) => request[field] !== value);
  };
}

/** A failed command ends with a code of its own, tells no stack, and says what to do. */
export function assertClear({ code, stdout, stderr }: CommandRun): void {
  assert.ok(code !== null && code > 1, `exit code ${String(code)}:\n${stdout}${stderr}`);
  assert.doesNotMatch(stderr, /^\s+at |node:internal|\[object|undefined/m);
  const isToldWhatToDo = /Next step: |with --help|"remedy": ".+"/.test(stdout + stderr);
  assert.ok(isToldWhatToDo, `no next step in:\n${stdout.slice(0, 2_000)}${stderr}`);
}

/** The one message of an error: two lines, what happened and what to do. */
export function messageOf({ stdout, stderr }: CommandRun): string {
  assert.equal(stdout, '', 'an error goes to stderr alone');
  const lines = stderr.trimEnd().split('\n');
  assert.equal(lines.length, 2, `one message in two lines:\n${stderr}`);
  assert.match(lines[1] ?? '', /^Next step: .+\.$/);
  return stderr;
}
