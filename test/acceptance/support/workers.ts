import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { dataConverter } from '../../../activities/data-converter.ts';
import { readClusterId } from '../../../mesh/cluster-id.ts';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import { systemClock } from '../../../mesh/observation/clock.ts';
import { createSurveyor } from '../../../mesh/observation/survey.ts';
import { bundleWorkflows } from '../../../worker/bundle-workflows.ts';
import { createOperator } from '../../../worker/operator/create-operator.ts';
import { createRotationEngine } from '../../../worker/operator/engine.ts';
import { createRotationWorker } from '../../../worker/rotation-worker.ts';
import { quietLogger, quietRuntime } from '../../support/quiet-runtime.ts';
import { patienceMs } from '../../support/patience.ts';

export interface WorkerPlace {
  readonly kubeConfigYaml: string;
  /** `host:port` of Temporal's frontend. */
  readonly temporalAddress: string;
  /** Whether it reconciles the TrustAnchorRotation. */
  readonly isOperator: boolean;
}

export interface RunningWorker {
  stop(): Promise<void>;
}

/** A worker in a process of its own, as in production. */
export interface WorkerProcess extends RunningWorker {
  /** SIGKILL: it gets no chance to tell anybody. */
  kill(): Promise<void>;
}

let directory: Promise<string> | undefined;
let bundle: Promise<string> | undefined;

function workerFiles(): Promise<string> {
  directory ??= mkdtemp(join(tmpdir(), 'linkerd-trust-acceptance-'));
  return directory;
}

/**
 * Built once for all scenarios, before a mesh runs in this process: it keeps the process busy for
 * longer than proxies may wait for a refresh. Where many processes run scenarios, who starts them has
 * built it (`test/lanes.ts`).
 */
export function workflowBundle(): Promise<string> {
  bundle ??= process.env['ACCEPTANCE_WORKFLOW_BUNDLE']
    ? Promise.resolve(process.env['ACCEPTANCE_WORKFLOW_BUNDLE'])
    : buildBundle();
  return bundle;
}

async function buildBundle(): Promise<string> {
  const target = join(await workerFiles(), 'workflow-bundle.js');
  await bundleWorkflows(target, quietLogger);
  return target;
}

/** Forgets the bundle and everything else that workers needed on disk. */
export async function removeWorkerFiles(): Promise<void> {
  const path = await directory;
  directory = bundle = undefined;
  if (path !== undefined) await rm(path, { recursive: true, force: true });
}

/** The worker's own code in this process. */
export async function startWorker(place: WorkerPlace): Promise<RunningWorker> {
  quietRuntime();
  const kube = await connectCluster({
    kubeConfigYaml: place.kubeConfigYaml,
    requestTimeoutMs: patienceMs,
  });
  const connection = await NativeConnection.connect({ address: place.temporalAddress });
  const log = { info: () => undefined, warn: () => undefined };
  const namespace = 'default';
  const cluster = { id: await readClusterId(kube), name: 'acceptance' };
  const client = new Client({ connection, namespace, dataConverter });
  const operator = place.isOperator
    ? createOperator({
        kube,
        engine: createRotationEngine(client, cluster.id),
        cluster,
        namespace,
        reachProxiesBy: 'pod-ip',
        webUi: 'http://ui',
        log,
        onResource: () => undefined,
      })
    : undefined;
  const worker = await createRotationWorker({
    connection,
    namespace,
    kube,
    resource: operator?.telling,
    surveyor: createSurveyor({ kube, clock: systemClock, log }),
    workflowBundlePath: await workflowBundle(),
  });
  operator?.start();
  const running = worker.run();
  return {
    stop: async () => {
      worker.shutdown();
      await running;
      await operator?.stop();
      await connection.close();
      await kube.close();
    },
  };
}

const workerProgram = fileURLToPath(new URL('../../../worker/main.ts', import.meta.url));

/** Starts `worker/main.ts` as production does; it takes work as soon as it is up. */
export async function spawnWorker(place: WorkerPlace): Promise<WorkerProcess> {
  const kubeConfig = join(await workerFiles(), 'kubeconfig.yaml');
  await writeFile(kubeConfig, place.kubeConfigYaml);
  const child = spawn(process.execPath, [workerProgram], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      KUBECONFIG: kubeConfig,
      TEMPORAL_ADDRESS: place.temporalAddress,
      TRUST_ROTATION_LISTEN: '127.0.0.1:0',
      TRUST_ROTATION_LOG_LEVEL: 'error',
      TRUST_ROTATION_OPERATOR: place.isOperator ? 'on' : 'off',
      TRUST_ROTATION_WORKFLOW_BUNDLE: await workflowBundle(),
    },
  });
  const gone = once(child, 'exit');
  await once(child, 'spawn');
  return {
    kill: () => end(child, gone, 'SIGKILL'),
    stop: () => end(child, gone, 'SIGTERM'),
  };
}

async function end(
  child: ChildProcess,
  gone: Promise<unknown>,
  signal: 'SIGKILL' | 'SIGTERM',
): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  await gone;
}
