import type { PlanQuestion } from '../activities/plan.ts';
import type { PlanRotationResult } from '../activities/contract.ts';
import type { CheckFacts } from '../domain/checks/facts.ts';
import type { InspectionFacts } from '../domain/inspection.ts';
import type { CheckQuestion } from '../mesh/checks/read-check-facts.ts';
import type { Kube } from '../mesh/kubernetes/kube.ts';
import type { MeshQuestion } from '../mesh/observation/observe-mesh.ts';
import type { ClusterAccess, ClusterOptions } from './cluster.ts';
import type { Reach } from './reach.ts';
import type { TemporalAccess, TemporalOptions } from './temporal.ts';

/** A stream that a command writes to. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY: boolean;
  /** Size of the terminal; absent where there is none. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** Everything that a command touches of its process, so that tests run it without one. */
export interface CommandContext {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether a person can be asked. */
  readonly canAsk: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Name of the user in the operating system; absent where it has none (a container's random UID). */
  readonly userName: string | undefined;
  /** Unix milliseconds. */
  now(): number;
  /** Asks a person and waits for the answer; the reason of {@link interrupted} ends it. */
  ask(question: string): Promise<string>;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
  readonly connectors: Connectors;
}

export interface Connectors {
  openCluster(options: ClusterOptions): Promise<ClusterAccess>;
  openTemporal(options: TemporalOptions): Promise<TemporalAccess>;
  /** The planner for one cluster: the code that the workflow's first phase runs. */
  plannerFor(kube: Kube, reach: Reach): Planner;
  checkerFor(kube: Kube, reach: Reach): Checker;
  inspectorFor(kube: Kube, reach: Reach): Inspector;
}

/** Surveys and plans; changes nothing. */
export type Planner = (
  question: PlanQuestion,
  options: { readonly signal: AbortSignal; readonly onProgress: (text: string) => void },
) => Promise<PlanRotationResult>;

/** Looks at everything that checks are judged by; changes nothing. */
export type Checker = (question: Omit<CheckQuestion, 'rights'>) => Promise<CheckFacts>;

/** Looks at a mesh as it stands; changes nothing. */
export type Inspector = (question: MeshQuestion) => Promise<InspectionFacts>;
