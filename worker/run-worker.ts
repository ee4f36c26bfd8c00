import { Context } from '@temporalio/activity';
import type { Logger, Worker } from '@temporalio/worker';
import { Runtime } from '@temporalio/worker';
import type { ConnectOptions } from '../mesh/kubernetes/connect.ts';
import { connectCluster } from '../mesh/kubernetes/connect.ts';
import type { Kube } from '../mesh/kubernetes/kube.ts';
import { systemClock } from '../mesh/observation/clock.ts';
import type { SurveyorParts } from '../mesh/observation/survey.ts';
import { createSurveyor } from '../mesh/observation/survey.ts';
import type { WorkerConfiguration } from './configuration.ts';
import { readConfiguration } from './configuration.ts';
import { readExpiries } from './expiry-metrics.ts';
import { followRotations } from './follow-rotations.ts';
import { freePorts } from './free-ports.ts';
import { startHttpServer } from './http-server.ts';
import { createLogger, createObservationLog } from './logging.ts';
import type { Metrics } from './metrics.ts';
import { createMetrics } from './metrics.ts';
import { ObjectsInUse } from './objects-in-use.ts';
import type { RotationWorkerOptions } from './rotation-worker.ts';
import { createRotationWorker } from './rotation-worker.ts';
import type { TemporalSettings } from './temporal.ts';
import { awaitTemporal, readTemporalSettings } from './temporal.ts';

/** One request to the API server; long waits poll. */
const requestTimeoutMs = 15_000;

/** Runs until it is told to stop, which ends running steps first; says on stderr why it cannot. */
export async function runWorker(): Promise<void> {
  try {
    await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`The worker stopped: ${message}\n`);
    process.exitCode = 1;
  }
}

async function work(): Promise<void> {
  const configuration = readConfiguration(process.env);
  const settings = readTemporalSettings();
  const logger = createLogger(configuration.logLevel);
  // The core must be told a port before it opens it; nobody but us knows this one.
  const [corePort = 0] = await freePorts(1);
  const signal = stopSignal();
  const kube = await connectCluster({ ...clusterOf(configuration), signal: activitySignal });
  try {
    await workOn(kube, { configuration, settings, logger, corePort, signal });
  } finally {
    await kube.close();
  }
}

interface Surroundings {
  readonly configuration: WorkerConfiguration;
  readonly settings: TemporalSettings;
  readonly logger: Logger;
  readonly corePort: number;
  readonly signal: AbortSignal;
}

async function workOn(kube: Kube, surroundings: Surroundings): Promise<void> {
  const { configuration, settings, logger, corePort } = surroundings;
  const log = createObservationLog(logger);
  const objects = new ObjectsInUse(configuration.objects);
  const metrics = createMetrics(`http://127.0.0.1:${String(corePort)}/metrics`, {
    read: () => readExpiries(kube, objects.names),
    clock: systemClock,
    log,
  });
  const following = await followRotations({ configuration, settings, kube, log, metrics, objects });
  try {
    const { resource } = following;
    const surveyor = createSurveyor({
      kube,
      clock: systemClock,
      log,
      ...dialOf(configuration, kube),
    });
    await serveUntilStopped(surroundings, metrics, { kube, resource, surveyor });
  } finally {
    await following.stop();
  }
}

async function serveUntilStopped(
  { configuration, settings, logger, corePort, signal }: Surroundings,
  metrics: Metrics,
  means: Pick<RotationWorkerOptions, 'kube' | 'resource' | 'surveyor'>,
): Promise<void> {
  let worker: Worker | undefined;
  const http = await startHttpServer({
    ...configuration.listen,
    metrics,
    isAlive: () => worker?.getState() !== 'FAILED',
    isReady: () => worker?.getState() === 'RUNNING',
  });
  logger.info('metrics are served', { httpPort: http.port });
  // It ends with the last connection; one that never had any would keep the process.
  installRuntime(logger, corePort);
  try {
    const log = createObservationLog(logger);
    const connection = await awaitTemporal(settings, { clock: systemClock, log, signal });
    const { namespace } = settings;
    const { workflowBundlePath } = configuration;
    const parts = { ...means, connection, namespace, metrics: metrics.rotation };
    const options = workflowBundlePath === undefined ? parts : { ...parts, workflowBundlePath };
    await takeWork(options, (created) => {
      worker = created;
      logger.info('worker started', { taskQueue: created.options.taskQueue });
    });
  } catch (error) {
    // Told to stop before Temporal was there: nothing had begun.
    if (!signal.aborted) throw error;
  } finally {
    await http.close();
  }
}

async function takeWork(
  options: RotationWorkerOptions,
  onWorker: (worker: Worker) => void,
): Promise<void> {
  try {
    const worker = await createRotationWorker(options);
    onWorker(worker);
    await worker.run();
  } finally {
    await options.connection.close();
  }
}

/** Aborted when the process is told to stop; a worker that runs is told by the SDK as well. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  return stopping.signal;
}

function clusterOf({ kubeContext }: WorkerConfiguration): ConnectOptions {
  return {
    ...(kubeContext === undefined ? {} : { context: kubeContext }),
    requestTimeoutMs,
  };
}

/** A cancelled activity ends its request to the API server, too. */
function activitySignal(): AbortSignal | undefined {
  try {
    return Context.current().cancellationSignal;
  } catch {
    // Outside of an activity there is nothing that could be cancelled.
    return undefined;
  }
}

/** From outside of the cluster's network, pods are reached through the API server. */
function dialOf(
  { reachProxiesBy }: WorkerConfiguration,
  kube: Kube,
): { readonly dial?: SurveyorParts['dial'] } {
  return reachProxiesBy === 'port-forward' ? { dial: (port) => kube.portForward(port) } : {};
}

function installRuntime(logger: Logger, corePort: number): void {
  Runtime.install({
    logger,
    telemetryOptions: {
      logging: { forward: {}, filter: { core: 'WARN', other: 'WARN' } },
      metrics: {
        prometheus: {
          bindAddress: `127.0.0.1:${String(corePort)}`,
          countersTotalSuffix: true,
          unitSuffix: true,
          useSecondsForDurations: true,
        },
      },
    },
  });
}
