import { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { dataConverter } from '../../activities/data-converter.ts';
import type { ResourceTelling } from '../../activities/dependencies.ts';
import { workflowPage } from '../../domain/web-ui.ts';
import { readClusterId } from '../../mesh/cluster-id.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import { systemClock } from '../../mesh/observation/clock.ts';
import type { Log } from '../../mesh/observation/log.ts';
import { createStatusPublisher } from '../../mesh/resource/status-publisher.ts';
import type { RightsOptions } from '../../mesh/rights.ts';
import { createRotationEngine } from './engine.ts';
import { tellMissingRights } from './missing-rights.ts';
import type { RunningOperator } from './operator.ts';
import { startOperator } from './operator.ts';
import type { OperatorParts } from './parts.ts';

export interface OperatorOptions {
  readonly kube: Kube;
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly clusterName: string;
  readonly reachProxiesBy: NonNullable<RightsOptions['reachProxiesBy']>;
  /** Base address of the Temporal Web UI. */
  readonly webUi?: string | undefined;
  readonly log: Log;
  readonly onResource: OperatorParts['onResource'];
}

/** The operator of a worker: what its activities tell the resource by, and the loop itself. */
export interface Operator {
  readonly telling: ResourceTelling;
  start(): void;
  /** Ends the loop, and writes what was still to be told. */
  stop(): Promise<void>;
}

export async function createOperator(options: OperatorOptions): Promise<Operator> {
  const { kube, connection, namespace, clusterName, webUi: base, log, onResource } = options;
  const cluster = { id: await readClusterId(kube), name: clusterName };
  const clock = systemClock;
  const client = new Client({
    connection,
    namespace,
    identity: 'linkerd-trust operator',
    dataConverter,
  });
  const publisher = createStatusPublisher({ kube, clock, log });
  const telling: ResourceTelling = {
    publisher,
    pageOf: (workflowId) =>
      base === undefined ? undefined : workflowPage({ base, namespace }, workflowId),
  };
  let running: RunningOperator | undefined;
  return {
    telling,
    start: () => {
      const engine = createRotationEngine(client, cluster.id);
      void tellMissingRights({ kube, log }, options);
      running = startOperator({ kube, engine, clock, log, telling, onResource, cluster });
    },
    stop: async () => {
      await running?.stop();
      await publisher.close();
    },
  };
}
