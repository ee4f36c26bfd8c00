import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectCluster } from '../../mesh/kubernetes/connect.ts';
import type { WorkloadRef } from '../../domain/survey.ts';
import type { HandWork } from './by-hand.ts';
import { restartEverything, rotateByHand } from './by-hand.ts';
import { leastHandshakes, PhasePresence } from './demo-coverage.ts';
import type { DemoOptions } from './demo-options.ts';
import { demoUsage, DemoUsageError, parseDemoOptions } from './demo-options.ts';
import { clusterVariables, rotateWithClient } from './demo-rotation.ts';
import type { DemoResult } from './demo-summary.ts';
import { renderHandover, renderSummary } from './demo-summary.ts';
import { demoBundleAgeMs, demoLeafLifetimeMs } from './demo-timings.ts';
import { startLocalCluster } from './local-cluster.ts';
import type { LocalMesh } from './local-mesh.ts';
import { demoApps, startLocalMesh } from './local-mesh.ts';
import { StepClock } from './step-clock.ts';
import { Teardown } from './teardown.ts';

const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** New connections a second: each costs both ends a signature and two verifications. */
const handshakesPerSecond = 200;

async function main(): Promise<number> {
  const options = parseDemoOptions(process.argv.slice(2));
  if (options === undefined) {
    say(demoUsage);
    return exitCodes.ok;
  }
  const teardown = new Teardown();
  const interrupted = new Promise<'interrupted'>((resolve) => {
    const interrupt = (): void => resolve('interrupted');
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  });
  try {
    const run = runDemo(options, teardown, interrupted);
    const outcome = await Promise.race([run, interrupted]);
    if (outcome !== 'interrupted') return outcome;
    say('\nInterrupted; what was started is being stopped …');
  } finally {
    await teardown.run();
  }
  say('Nothing of it runs any more.');
  return exitCodes.interrupted;
}

async function runDemo(
  options: DemoOptions,
  teardown: Teardown,
  interrupted: Promise<unknown>,
): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'linkerd-trust-demo-'));
  teardown.add(() => rm(folder, { recursive: true, force: true }));
  say(`Starting a Linkerd mesh on a ${options.cluster} cluster …`);
  const local = await teardown.start(
    () => startDemoMesh(options),
    (started) => started.stop(),
  );
  const kubeConfigPath = path.join(folder, 'kubeconfig.yaml');
  await writeFile(kubeConfigPath, local.kubeConfigYaml, { mode: 0o600 });
  say(`${String(local.mesh.proxies().length)} proxies are up; traffic flows.`);
  local.mesh.traffic.start();

  const result =
    options.script === 'rotate'
      ? await rotateWithClient(options, { local, kubeConfigPath, folder, teardown, say })
      : await workByHand(options, local);
  await local.mesh.traffic.stop();
  for (const line of renderSummary(result)) say(line);
  const succeeded = isSuccess(options, result);
  say(verdictOf(options, result, succeeded));
  if (options.keep) {
    for (const line of renderHandover({ ...clusterVariables(kubeConfigPath), ...result.temporal }))
      say(line);
    local.mesh.traffic.start();
    await interrupted;
  }
  return succeeded ? exitCodes.ok : exitCodes.failed;
}

async function startDemoMesh({ cluster }: DemoOptions): Promise<LocalMesh> {
  return startLocalMesh(await startLocalCluster(cluster, say), {
    apps: demoApps,
    controlPlaneReplicas: 3,
    leafLifetimeMs: demoLeafLifetimeMs,
    bundleAgeMs: demoBundleAgeMs,
    mesh: {
      trafficPerSecond: handshakesPerSecond,
      // A phase may be over within half a second.
      trafficPerProxyAndPhase: 2 * leastHandshakes,
    },
  });
}

async function workByHand(options: DemoOptions, local: LocalMesh): Promise<DemoResult> {
  const { mesh } = local;
  const kube = await connectCluster({
    kubeConfigYaml: local.kubeConfigYaml,
    requestTimeoutMs: 10_000,
  });
  const presence = new PhasePresence();
  const clock = new StepClock();
  const work: HandWork = {
    kube,
    controlPlane: ['linkerd-destination', 'linkerd-proxy-injector', 'linkerd-identity'].map(
      (name) => ({ kind: 'Deployment', namespace: 'linkerd', name }),
    ),
    dataPlane: demoApps.map(({ kind, namespace, name }): WorkloadRef => ({
      kind,
      namespace,
      name,
    })),
    leafLifetimeMs: demoLeafLifetimeMs,
    onStep: (step) => {
      say(`  ${step}`);
      clock.begin(step);
      presence.begin(step, mesh.proxies());
      mesh.traffic.setPhase(step);
    },
  };
  try {
    await (options.script === 'by-hand' ? rotateByHand(work) : restartEverything(work));
  } finally {
    await kube.close();
  }
  presence.end(mesh.proxies());
  const traffic = mesh.traffic.snapshot();
  return { traffic, gaps: [], steps: clock.end() };
}

function isSuccess({ script }: DemoOptions, result: DemoResult): boolean {
  const { traffic, gaps, report, oldAnchorIn } = result;
  switch (script) {
    case 'by-hand':
      return traffic.failed > 0;
    case 'restart-only':
      return traffic.failed === 0;
    case 'rotate':
      return (
        traffic.failed === 0 &&
        gaps.length === 0 &&
        report?.outcome === 'completed' &&
        oldAnchorIn?.length === 0
      );
  }
}

function verdictOf({ script }: DemoOptions, { traffic }: DemoResult, succeeded: boolean): string {
  const count = `${String(traffic.failed)} of ${String(traffic.tried)} handshakes failed`;
  if (script === 'by-hand') return `By hand, in the order of 2025: ${count}.`;
  if (script === 'restart-only') return `Restarts alone: ${count}.`;
  return succeeded ? `The trust anchor was rotated: ${count}.` : `NOT as it should be: ${count}.`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof DemoUsageError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(isUsage ? `${message}\n\n${demoUsage}` : `The demo stopped: ${message}\n`);
  process.exitCode = isUsage ? exitCodes.usage : exitCodes.failed;
}
