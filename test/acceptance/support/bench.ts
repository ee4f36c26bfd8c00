import { isDeepStrictEqual } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { rotationTaskQueue, rotationWorkflowId } from '../../../domain/rotation-request.ts';
import { readClusterId } from '../../../mesh/cluster-id.ts';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import type { Kube } from '../../../mesh/kubernetes/kube.ts';
import type { rotateTrustAnchor } from '../../../workflows/index.ts';
import { temporalServer } from '../../support/temporal.ts';
import { goInstallTimeoutMs } from '../../support/go-tool.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { ClusterSights } from './cluster-sights.ts';
import { lookAtCluster } from './cluster-sights.ts';
import { tellOf } from './diagnosis.ts';
import { prepareCluster } from './empty-cluster.ts';
import { engineRoles } from './engine-roles.ts';
import type { Environment, EnvironmentOptions } from './environment.ts';
import { startEnvironment } from './environment.ts';
import type { TrafficMark } from './handshakes.ts';
import { markTraffic } from './handshakes.ts';
import type { Wishes } from './requests.ts';
import { assertKnownOutcome, requireRecordable } from './known-outcomes.ts';
import { scenarioTimeoutMs, stateTimeoutMs } from './patience.ts';
import { rotationRequest } from './requests.ts';
import type { RotationHandle } from './rotation-run.ts';
import { RotationRun } from './rotation-run.ts';
import type { RunningWorker, WorkerPlace, WorkerProcess } from './workers.ts';
import { removeWorkerFiles, spawnWorker, startWorker, workflowBundle } from './workers.ts';
import { patienceMs } from '../../support/patience.ts';

export interface BenchOptions extends EnvironmentOptions {
  /** `none`: the scenario starts workers itself. */
  readonly worker?: 'in-process' | 'none';
  /** A Temporal server of its own instead of the one that all tests share; `host:port`. */
  readonly temporalAddress?: () => Promise<string>;
}

/** A mesh under traffic, a Temporal server and a worker: everything a rotation needs. */
export class Bench {
  readonly environment: Environment;
  readonly kube: Kube;
  readonly cluster: string;
  readonly temporalAddress: string;
  readonly #client: Client;
  readonly #isOperator: boolean;
  readonly #workers: RunningWorker[] = [];
  readonly #runs: RotationRun[] = [];
  #isFit = true;
  /** What the record knows the scenario by; left out: the title of its test. */
  scenario: string | undefined;
  /** Where traffic and objects stood when the last rotation began. */
  before: { readonly traffic: TrafficMark; readonly sights: ClusterSights } | undefined;

  constructor(parts: {
    readonly environment: Environment;
    readonly kube: Kube;
    readonly cluster: string;
    readonly temporalAddress: string;
    readonly client: Client;
    readonly isOperator: boolean;
  }) {
    this.environment = parts.environment;
    this.kube = parts.kube;
    this.cluster = parts.cluster;
    this.temporalAddress = parts.temporalAddress;
    this.#client = parts.client;
    this.#isOperator = parts.isOperator;
  }

  get mesh(): Environment['mesh'] {
    return this.environment.mesh;
  }

  /** Whether another scenario can begin on it: no rotation was cut off, which leaves a mesh half way. */
  get isFit(): boolean {
    return this.#isFit;
  }

  /** Remembers where a scenario begins: what fails or is left over from here on is its own. */
  async mark(): Promise<void> {
    this.before = {
      traffic: markTraffic(this.mesh.traffic),
      sights: await lookAtCluster(this.kube),
    };
  }

  /** Starts a rotation; marks the beginning unless the scenario has done so. */
  async rotate(wishes: Wishes = {}): Promise<RotationRun> {
    if (this.before === undefined) await this.mark();
    const handle = await this.#client.workflow.start<typeof rotateTrustAnchor>(
      'rotateTrustAnchor',
      {
        taskQueue: rotationTaskQueue(this.cluster),
        workflowId: rotationWorkflowId(this.cluster),
        args: [rotationRequest(this.cluster, wishes)],
      },
    );
    return this.#follow(handle);
  }

  /** The rotation that somebody else has started, or is about to start. */
  async startedRotation(): Promise<RotationRun> {
    const handle = this.#client.workflow.getHandle<typeof rotateTrustAnchor>(
      rotationWorkflowId(this.cluster),
    );
    await waitFor(() => handle.describe().catch(() => undefined), {
      what: 'a rotation to start',
      timeoutMs: stateTimeoutMs,
    });
    return this.#follow(handle);
  }

  #follow(handle: RotationHandle): RotationRun {
    const run = new RotationRun(handle, (phase) => {
      this.mesh.traffic.setPhase(phase);
    });
    this.#runs.push(run);
    return run;
  }

  async startWorker(): Promise<RunningWorker> {
    const worker = await startWorker(await this.#place());
    this.#workers.push(worker);
    return worker;
  }

  async spawnWorker(): Promise<WorkerProcess> {
    const worker = await spawnWorker(await this.#place());
    this.#workers.push(worker);
    return worker;
  }

  async #place(): Promise<WorkerPlace> {
    return {
      kubeConfigYaml: await this.environment.workerKubeConfigYaml(),
      temporalAddress: this.temporalAddress,
      isOperator: this.#isOperator,
    };
  }

  /** Compares what a scenario came to with the record of it. */
  async assertKnownOutcome(scenario: string): Promise<void> {
    const reports = this.#runs.flatMap(({ report }) => report ?? []);
    if (reports.length === 0) return;
    await assertKnownOutcome(scenario, reports, await lookAtCluster(this.kube));
  }

  /** Ends what a scenario left running, so that the next one finds the cluster to itself. */
  async endScenario(): Promise<void> {
    for (const run of this.#runs.splice(0)) {
      await run.stopFollowing();
      // One that has ended, as it should have, cannot be terminated.
      const isOver = await run.handle.terminate('the scenario is over').then(
        () => false,
        () => true,
      );
      this.#isFit &&= isOver;
    }
    this.before = undefined;
    this.scenario = undefined;
  }

  async stop(): Promise<void> {
    await this.endScenario();
    for (const worker of this.#workers.splice(0)) await worker.stop();
    await this.#client.connection.close();
    await this.kube.close();
    await this.environment.stop();
  }
}

/**
 * A bench for the scenarios of one `describe`, which run on it one after the other; the next `describe`
 * of the same process goes on with it where it asks for the same.
 */
export function useBench(options: BenchOptions = {}): () => Bench {
  let bench: Bench | undefined;
  before(async function () {
    this.timeout(goInstallTimeoutMs);
    requireRecordable(this.test?.file);
    await prepareCluster();
    await engineRoles();
  });
  before(async function () {
    this.timeout(scenarioTimeoutMs);
    bench = await takeBench(options);
  });
  afterEach(async function () {
    const { currentTest } = this;
    if (currentTest?.state === 'failed' && bench !== undefined) await tellOf(bench);
    try {
      if (currentTest?.state === 'passed') {
        await bench?.assertKnownOutcome(bench.scenario ?? currentTest.fullTitle());
      }
    } finally {
      await bench?.endScenario();
    }
    if (currentTest?.state !== 'failed') return;
    // It may have left a mesh half way, or the Lease: the next scenario begins on a new one.
    this.timeout(scenarioTimeoutMs);
    await putAway();
    bench = await takeBench(options);
  });
  after(async function () {
    this.timeout(scenarioTimeoutMs);
    // Where there is none to begin with, workers are the scenarios' own.
    if (bench?.isFit === false || options.worker === 'none') await putAway();
    bench = undefined;
  });
  return () => {
    if (bench === undefined) throw new Error('the bench is not up');
    return bench;
  };
}

/** The one that is up: each takes half of what a machine has. */
let up: { readonly options: BenchOptions; readonly bench: Bench } | undefined;

async function takeBench(options: BenchOptions): Promise<Bench> {
  if (up !== undefined && isDeepStrictEqual(up.options, options)) return up.bench;
  await putAway();
  up = { options, bench: await startBench(options) };
  return up.bench;
}

async function putAway(): Promise<void> {
  const { bench } = up ?? {};
  up = undefined;
  await bench?.stop();
}

async function startBench(options: BenchOptions): Promise<Bench> {
  const temporalAddress = (await options.temporalAddress?.()) ?? (await temporalServer()).address;
  await workflowBundle();
  const environment = await startEnvironment(options);
  environment.mesh.traffic.start();
  const { kubeConfigYaml } = environment;
  const kube = await connectCluster({ kubeConfigYaml, requestTimeoutMs: patienceMs });
  // After a long outage gRPC's own backoff would be minutes.
  const channelArgs = { 'grpc.max_reconnect_backoff_ms': 1_000 };
  const connection = await Connection.connect({ address: temporalAddress, channelArgs });
  const client = new Client({ connection });
  const cluster = await readClusterId(kube);
  const isOperator = options.isOperator === true;
  const parts = { environment, kube, cluster, temporalAddress, client, isOperator };
  const bench = new Bench(parts);
  if (options.worker !== 'none') await bench.startWorker();
  return bench;
}

after(async function () {
  this.timeout(scenarioTimeoutMs);
  await putAway();
  await removeWorkerFiles();
});
