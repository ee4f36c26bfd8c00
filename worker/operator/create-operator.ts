import type { ResourceTelling } from '../../activities/dependencies.ts';
import { workflowPage } from '../../domain/web-ui.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import { systemClock } from '../../mesh/observation/clock.ts';
import type { Log } from '../../mesh/observation/log.ts';
import { createStatusPublisher } from '../../mesh/resource/status-publisher.ts';
import type { RightsOptions } from '../../mesh/rights.ts';
import type { RotationEngine } from './engine.ts';
import { tellMissingRights } from './missing-rights.ts';
import type { RunningOperator } from './operator.ts';
import { startOperator } from './operator.ts';
import type { OperatorParts } from './parts.ts';

export interface OperatorOptions {
  readonly kube: Kube;
  readonly engine: RotationEngine;
  readonly cluster: OperatorParts['cluster'];
  /** Of Temporal. */
  readonly namespace: string;
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

export function createOperator(options: OperatorOptions): Operator {
  const { kube, engine, cluster, namespace, webUi: base, log, onResource } = options;
  const clock = systemClock;
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
      void tellMissingRights({ kube, log }, options);
      running = startOperator({ kube, engine, clock, log, telling, onResource, cluster });
    },
    stop: async () => {
      await running?.stop();
      await publisher.close();
    },
  };
}
