import { Context } from '@temporalio/activity';
import type { Logger } from '@temporalio/worker';
import { Runtime } from '@temporalio/worker';
import type { ResourceTelling } from '../activities/dependencies.ts';
import type { ConnectOptions } from '../mesh/kubernetes/connect.ts';
import { connectCluster } from '../mesh/kubernetes/connect.ts';
import type { Kube } from '../mesh/kubernetes/kube.ts';
import { systemClock } from '../mesh/observation/clock.ts';
import type { SurveyorParts } from '../mesh/observation/survey.ts';
import { createSurveyor } from '../mesh/observation/survey.ts';
import type { RotationResource } from '../mesh/resource/rotation-resource.ts';
import type { WorkerConfiguration } from './configuration.ts';
import { readConfiguration } from './configuration.ts';
import { readExpiries } from './expiry-metrics.ts';
import { freePorts } from './free-ports.ts';
import { startHttpServer } from './http-server.ts';
import { keepStatus } from './kept-status.ts';
import { createLogger, createObservationLog } from './logging.ts';
import { createMetrics } from './metrics.ts';
import { ObjectsInUse } from './objects-in-use.ts';
import { createOperator } from './operator/create-operator.ts';
import type { RotationMetrics } from './rotation-metrics.ts';
import { createRotationWorker } from './rotation-worker.ts';
import { connectTemporal } from './temporal.ts';

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
  const logger = createLogger(configuration.logLevel);
  // The core must be told a port before it opens it; nobody but us knows this one.
  const [corePort = 0] = await freePorts(1);
  installRuntime(logger, corePort);

  const kube = await connectCluster({ ...clusterOf(configuration), signal: activitySignal });
  const { connection, namespace } = await connectTemporal();
  const log = createObservationLog(logger);
  const objects = new ObjectsInUse(configuration.objects);
  const metrics = createMetrics(`http://127.0.0.1:${String(corePort)}/metrics`, {
    read: () => readExpiries(kube, objects.names),
    clock: systemClock,
    log,
  });
  const onResource = (resource: RotationResource): void => {
    metrics.rotation.told(resource.status);
    objects.follow(resource);
  };
  const operator = configuration.isOperator
    ? await createOperator({ ...configuration, kube, connection, namespace, log, onResource })
    : undefined;
  const worker = await createRotationWorker({
    connection,
    namespace,
    kube,
    resource: operator?.telling ?? tellingMetrics(metrics.rotation),
    surveyor: createSurveyor({ kube, clock: systemClock, log, ...dialOf(configuration, kube) }),
    metrics: metrics.rotation,
    ...(configuration.workflowBundlePath === undefined
      ? {}
      : { workflowBundlePath: configuration.workflowBundlePath }),
  });
  const http = await startHttpServer({
    ...configuration.listen,
    metrics,
    isAlive: () => worker.getState() !== 'FAILED',
    isReady: () => worker.getState() === 'RUNNING',
  });
  logger.info('worker started', { taskQueue: worker.options.taskQueue, httpPort: http.port });
  operator?.start();
  try {
    await worker.run();
  } finally {
    await operator?.stop();
    await http.close();
    await connection.close();
    await kube.close();
  }
}

function tellingMetrics(metrics: RotationMetrics): ResourceTelling {
  return { publisher: keepStatus((status) => metrics.told(status)), pageOf: () => undefined };
}

function clusterOf({ kubeConfigPath, kubeContext }: WorkerConfiguration): ConnectOptions {
  return {
    ...(kubeConfigPath === undefined ? {} : { kubeConfigPath }),
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
