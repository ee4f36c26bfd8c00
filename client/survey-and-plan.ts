import type { PlanRotationResult } from '../activities/contract.ts';
import type { PlanQuestion } from '../activities/plan.ts';
import type { ClusterAccess } from './cluster.ts';
import { CommandError } from './command-error.ts';
import type { CommandContext } from './context.ts';
import { ExitCode } from './exit-codes.ts';
import { fit } from './format.ts';
import type { Reach } from './reach.ts';
import { defaultReach } from './reach.ts';

const clearLine = '\r\u001B[K';

/** Surveys a cluster and plans; says on a terminal what it is doing, for a large mesh takes its time. */
export async function surveyAndPlan(
  context: CommandContext,
  cluster: ClusterAccess,
  { question, reach }: { readonly question: PlanQuestion; readonly reach: Reach | undefined },
): Promise<PlanRotationResult> {
  const { stderr, interrupted } = context;
  const tell = (text: string): void => {
    if (stderr.isTTY) stderr.write(`${clearLine}${fit(text, (stderr.columns ?? 80) - 1)}`);
  };
  const plan = context.connectors.plannerFor(cluster.kube, reach ?? defaultReach(context.env));
  tell(`surveying ${cluster.name}`);
  try {
    return await plan(question, { signal: interrupted, onProgress: tell });
  } catch (error) {
    if (!interrupted.aborted) throw error;
    throw new CommandError(ExitCode.interrupted, {
      tried: `survey ${cluster.name}`,
      happened: 'it was interrupted; nothing was changed',
      nextStep: 'run the same command again',
      cause: error,
    });
  } finally {
    if (stderr.isTTY) stderr.write(clearLine);
  }
}
