import { documentedObjects } from '../../../domain/objects.ts';
import type { ResourceStatus } from '../../../domain/resource/resource-status.ts';
import { connectCluster } from '../../../mesh/kubernetes/connect.ts';
import type { Clock } from '../../../mesh/observation/clock.ts';
import { systemClock } from '../../../mesh/observation/clock.ts';
import type { Log } from '../../../mesh/observation/log.ts';
import { createStatusPublisher } from '../../../mesh/resource/status-publisher.ts';
import type { AccessRequest } from '../../../simulator/cluster/cluster-options.ts';
import { ObjectsInUse } from '../../../worker/objects-in-use.ts';
import { startOperator } from '../../../worker/operator/operator.ts';
import { ResourceInUse } from '../../acceptance/support/rotation-resource.ts';
import type { SimulatedPki } from '../../support/simulated-pki.ts';
import { startPki } from '../../support/simulated-pki.ts';
import { waitFor } from '../../support/wait-for.ts';
import { FakeEngine } from './fake-engine.ts';
import { patienceMs } from '../../support/patience.ts';

const operatorUser = 'operator';

/** A simulated cluster with the objects of the guide, a Temporal that does as it is told, and operators. */
export class OperatorBench {
  readonly pki: SimulatedPki;
  readonly resource: ResourceInUse;
  readonly engine = new FakeEngine();
  /** What an operator was told last of how the resource stands. */
  status: ResourceStatus | undefined;
  /** By which names the worker's metrics go. */
  readonly objects = new ObjectsInUse(documentedObjects);
  /** What the operators have asked the API server for. */
  readonly requests: AccessRequest[];
  /** Paths of all that, kinds that do not exist included. */
  readonly paths: string[];
  /** What the operators have warned of, in order. */
  readonly warnings: string[] = [];
  /** How far the operators are ahead of the time. */
  aheadMs = 0;
  /** Nobody sleeps for long. */
  readonly #clock: Clock = {
    nowMs: () => systemClock.nowMs() + this.aheadMs,
    sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 20), signal),
  };
  readonly #stops: (() => Promise<void>)[] = [];

  constructor(
    pki: SimulatedPki,
    seen: { readonly requests: AccessRequest[]; readonly paths: string[] },
  ) {
    this.pki = pki;
    this.requests = seen.requests;
    this.paths = seen.paths;
    this.resource = new ResourceInUse(pki.kube);
  }

  /** One more worker; answers with what ends it. */
  async start(): Promise<() => Promise<void>> {
    const kube = await connectCluster({
      kubeConfigYaml: this.pki.cluster.kubeConfigYaml(operatorUser),
      requestTimeoutMs: patienceMs,
    });
    const log: Log = {
      info: () => undefined,
      warn: (fields, text) => {
        this.warnings.push(`${text}: ${JSON.stringify(fields)}`);
      },
    };
    const parts = { kube, clock: this.#clock, log };
    const publisher = createStatusPublisher(parts);
    const running = startOperator({
      ...parts,
      engine: this.engine,
      telling: { publisher, pageOf: () => 'http://ui/page' },
      onResource: (resource) => {
        this.status = resource?.status;
        this.objects.follow(resource);
      },
      cluster: { id: 'uid', name: 'prod' },
    });
    let stopping: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      await running.stop();
      await publisher.close();
      await kube.close();
    };
    const once = (): Promise<void> => {
      stopping ??= stop();
      return stopping;
    };
    this.#stops.push(once);
    return once;
  }

  async install(spec: object = {}): Promise<void> {
    await this.resource.installDefinition();
    await this.resource.create(spec);
  }

  /** The same, with one operator that has told how the mesh stands. */
  async atRest(spec: object = {}): Promise<void> {
    await this.install(spec);
    await this.start();
    await this.resource.until('a mesh at rest', ({ conditions }) => conditions.length === 6);
  }

  /** Waits until the operators have looked so many times more. */
  async passes(count: number): Promise<void> {
    const wanted = this.engine.looks + count;
    await waitFor(() => this.engine.looks >= wanted, { what: `${String(count)} passes` });
  }

  /** Waits until every operator has done with what it had to look at. */
  async quiet(): Promise<void> {
    for (let round = 0; round < 60; round += 1) {
      const asked = this.requests.length;
      await this.passes(10);
      if (this.requests.length === asked) return;
    }
    throw new Error('the operators ask the API server for something all the time');
  }

  /** Triggers of the rotations that were really started. */
  get started(): readonly (string | undefined)[] {
    return this.engine.started.map(({ trigger }) => trigger);
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) await stop();
    await this.pki.stop();
  }
}

export async function startOperatorBench(): Promise<OperatorBench> {
  const requests: AccessRequest[] = [];
  const paths: string[] = [];
  const pki = await startPki({
    authorize: (request) => {
      if (request.user === operatorUser) requests.push(request);
      return true;
    },
    faults: ({ user, path }) => {
      if (user === operatorUser) paths.push(path);
      return undefined;
    },
  });
  return new OperatorBench(pki, { requests, paths });
}
