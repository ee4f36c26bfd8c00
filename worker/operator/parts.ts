import type { ResourceTelling } from '../../activities/dependencies.ts';
import type { RestSight } from '../../domain/resource/rest-status.ts';
import type { ResourceStatus } from '../../domain/resource/resource-status.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import type { Clock } from '../../mesh/observation/clock.ts';
import type { Log } from '../../mesh/observation/log.ts';
import type { RotationResource } from '../../mesh/resource/rotation-resource.ts';
import type { RotationEngine } from './engine.ts';

/** What the operator loop works with. */
export interface OperatorParts {
  readonly kube: Kube;
  readonly engine: RotationEngine;
  readonly clock: Clock;
  readonly log: Log;
  readonly telling: ResourceTelling;
  /** Told of the resource as it stands, whoever has written it; `undefined` while there is none. */
  readonly onResource: (resource: RotationResource | undefined) => void;
  readonly cluster: { readonly id: string; readonly name: string };
}

/** What one pass leaves for the next. Nothing that must outlive the process. */
export interface Memory {
  /** The last look at the objects of trust while no rotation ran. */
  sight: RestSight | undefined;
  /** The Schedule that this worker has asked for last, and for which resource, as text. */
  schedule: { readonly text: string; readonly atMs: number } | undefined;
  /** Whether this very pass has taken it. */
  hasLooked: boolean;
  /** The last status that nobody else had a hand in. */
  good: ResourceStatus | undefined;
  /** The writes of other hands that were put right last, and the version that had them. */
  repaired: { readonly writes: string; readonly resourceVersion: string } | undefined;
  /** The run that was asked to stop because the resource is being deleted, and what it answered. */
  leaving: { readonly runId: string; readonly kept: string } | undefined;
  /** Keys of the Events about steps that failed in the last pass. */
  told: readonly string[];
}

export function newMemory(): Memory {
  return {
    sight: undefined,
    schedule: undefined,
    hasLooked: false,
    good: undefined,
    repaired: undefined,
    leaving: undefined,
    told: [],
  };
}
