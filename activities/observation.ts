import { allGates } from '../domain/gates/all-gates.ts';
import type { GateReport } from '../domain/gates/gate.ts';
import { reportOn } from '../domain/gates/gate.ts';
import { restartCandidates } from '../domain/restarts.ts';
import type { Survey } from '../domain/survey.ts';
import { summarise } from '../domain/survey-summary.ts';
import type { GateWatch, RotationActivities, WatchGateInput } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { foreignHandsIn, stopAtForeignHands } from './guard.ts';
import { planRotation } from './plan.ts';
import type { Beat } from './progress.ts';
import { progressOptions, withHeartbeat } from './progress.ts';
import { tellGate } from './status.ts';

/** Looking at the cluster: the plan before, the gates between. */
export function createObservationActivities(
  deps: ActivityDependencies,
): Pick<RotationActivities, 'planRotation' | 'watchGate' | 'proveRetirement'> {
  return {
    planRotation: ({ request }) =>
      withHeartbeat({ text: 'surveying the mesh' }, (beat) =>
        planRotation(deps.surveyor, request, progressOptions(beat)),
      ),
    watchGate: (input) =>
      withHeartbeat<GateReport | undefined, GateWatch>(undefined, (beat) =>
        watchGate(deps, input, beat),
      ),
    proveRetirement: ({ context }) =>
      withHeartbeat({ text: 'asking every proxy afresh' }, async ({ signal }) => {
        const survey = await deps.surveyor.survey(context.survey, { signal, fresh: true });
        // The proof is of the objects as the rotation has left them, too.
        stopAtForeignHands(context, survey);
        return {
          report: reportOn(allGates['fleet-holds-new-only'], survey),
          by: survey.isOldAnchorUnaskable === true ? 'start' : 'probe',
          observed: summarise(survey),
        };
      }),
  };
}

/**
 * Surveys again and again until the gate passes, each time that the laggards it named have changed or
 * that it is time to look at everything. Each survey asks only what is not known yet.
 */
async function watchGate(
  deps: ActivityDependencies,
  input: WatchGateInput,
  beat: Beat<GateReport | undefined>,
): Promise<GateWatch> {
  const { context, gate, reportAfterMs } = input;
  const reportAtMs = deps.clock.nowMs() + reportAfterMs;
  for (;;) {
    const survey = await deps.surveyor.survey(context.survey, { signal: beat.signal });
    const report = reportOn(allGates[gate], survey);
    beat.tell(report);
    tellGate(deps, report);
    const foreign = foreignHandsIn(context, survey);
    const outcome = outcomeOf(input, { survey, report, isForeign: foreign.length > 0 });
    const leftMs = reportAtMs - deps.clock.nowMs();
    if (outcome !== 'progress' || leftMs <= 0) {
      return { outcome, report, foreign, observed: summarise(survey) };
    }
    const laggards = report.laggards.map(({ what }) => what);
    await deps.surveyor.awaitNews(context.survey, laggards, {
      atMostMs: leftMs,
      signal: beat.signal,
    });
  }
}

function outcomeOf(
  { heal }: WatchGateInput,
  seen: { readonly survey: Survey; readonly report: GateReport; readonly isForeign: boolean },
): GateWatch['outcome'] {
  if (seen.isForeign) return 'foreign-hands';
  if (seen.report.passed) return 'passed';
  const incurable = heal && restartCandidates(seen.survey, { kind: 'heal' }).length > 0;
  return incurable ? 'needs-restart' : 'progress';
}
