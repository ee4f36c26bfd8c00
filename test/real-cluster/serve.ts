import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { LocalMesh } from '../../deploy/local/local-mesh.ts';
import { demoApps, startLocalMesh } from '../../deploy/local/local-mesh.ts';
import { forgetRunningCluster, kubeConfigFile, rememberRunningCluster } from './running-cluster.ts';
import { startRealCluster } from './start-real-cluster.ts';

/** What `cluster:up` hears from the process that it leaves behind. */
export type Progress = { readonly line: string } | { readonly ready: true };

interface ServeOptions {
  readonly bare: boolean;
  readonly proxyBinary: string | undefined;
  readonly components: string | undefined;
}

type RunningParts = Pick<LocalMesh, 'kubeConfigYaml' | 'stop'>;

/** Runs the cluster until it is told to end; whatever it has started ends with it. */
async function serve(options: ServeOptions): Promise<void> {
  const end = new AbortController();
  const told = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]).then(() => {
    end.abort();
  });
  const cluster = await start(options);
  try {
    if (end.signal.aborted) return;
    await writeFile(kubeConfigFile, cluster.kubeConfigYaml, { mode: 0o600 });
    await rememberRunningCluster();
    tell({ ready: true });
    await told;
  } finally {
    await cluster.stop();
    await forgetRunningCluster();
  }
}

async function start({ bare, proxyBinary, components }: ServeOptions): Promise<RunningParts> {
  const cluster = await startRealCluster({
    print: (line) => tell({ line }),
    ...(components !== undefined && { components }),
  });
  if (bare) return cluster;
  tell({ line: 'The control plane is up; setting up cert-manager, trust-manager and the mesh …' });
  return startLocalMesh(cluster, {
    apps: demoApps,
    controlPlaneReplicas: 3,
    leafLifetimeMs: 60_000,
    ...(proxyBinary === undefined ? {} : { mesh: { proxyBinary } }),
  });
}

function tell(progress: Progress): void {
  if (process.connected) process.send?.(progress);
}

try {
  const { values } = parseArgs({
    options: {
      bare: { type: 'boolean', default: false },
      'proxy-binary': { type: 'string' },
      components: { type: 'string' },
    },
  });
  const { bare, 'proxy-binary': proxyBinary, components } = values;
  await serve({ bare, proxyBinary, components });
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  tell({ line: message });
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
// A build or a start that was interrupted may still be waiting for something.
process.exit();
