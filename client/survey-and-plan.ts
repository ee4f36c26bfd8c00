import type { PlanRotationResult } from '../activities/contract.ts';
import type { PlanQuestion } from '../activities/plan.ts';
import type { ClusterAccess } from './cluster.ts';
import type { CommandContext } from './context.ts';
import { looking } from './looking.ts';
import type { Reach } from './reach.ts';
import { defaultReach } from './reach.ts';

/** Surveys a cluster and plans; says on a terminal what it is doing, for a large mesh takes its time. */
export async function surveyAndPlan(
  context: CommandContext,
  cluster: ClusterAccess,
  { question, reach }: { readonly question: PlanQuestion; readonly reach: Reach | undefined },
): Promise<PlanRotationResult> {
  const plan = context.connectors.plannerFor(cluster.kube, reach ?? defaultReach(context.env));
  return looking(context, `survey ${cluster.name}`, (tell) =>
    plan(question, { signal: context.interrupted, onProgress: tell }),
  );
}
