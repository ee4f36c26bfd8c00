import type { Laggard } from '../domain/convergence.ts';
import { nameLaggards, unnamedLaggards } from '../domain/convergence.ts';
import { foreignHands, record } from '../domain/foreign-hands.ts';
import type { Mutation, Refusal } from '../domain/invariants.ts';
import { refusals } from '../domain/invariants.ts';
import type { RotationContext } from '../domain/rotation-context.ts';
import type { Survey } from '../domain/survey.ts';
import { objectFingerprints, summarise } from '../domain/survey-summary.ts';
import type { Observed } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { FailureType } from './failures.ts';
import type { Beat, Progress } from './progress.ts';
import { progressOptions } from './progress.ts';
import { knownFailure } from './to-failure.ts';

/** A change to the cluster as the guard sees it. */
export interface GuardedChange {
  readonly context: RotationContext;
  readonly mutation: Mutation;
  /** What the invariants take for granted and the cluster may not be like; done or not. */
  readonly premise?: (survey: Survey) => Laggard | undefined;
  /** Whether the cluster is already as wanted: an earlier attempt got this far. */
  readonly isDone: (survey: Survey) => boolean;
  readonly act: () => Promise<void>;
}

/**
 * The way every change to trust goes: survey, stop at another hand's change, stop at the premise and at
 * I1–I3, act, survey again. No flag turns it off. Where it is done already, another hand's change is a
 * matter of the next step, unless the premise is gone by it.
 */
export async function guarded(
  deps: ActivityDependencies,
  change: GuardedChange,
  beat: Beat<Progress>,
): Promise<Observed> {
  const before = await surveyed(deps, change.context, beat);
  const isDone = change.isDone(before);
  const wrong = change.premise?.(before);
  if (!isDone || wrong !== undefined) stopAtForeignHands(change.context, before);
  stopAtPremise(wrong);
  if (isDone) return { observed: summarise(before) };
  stopAtRefusals(refusals(before, change.mutation));
  await change.act();
  return { observed: summarise(await surveyed(deps, change.context, beat)) };
}

/** A survey that tells how far it is. */
export function surveyed(
  { surveyor }: ActivityDependencies,
  { survey }: RotationContext,
  beat: Beat<Progress>,
): Promise<Survey> {
  return surveyor.survey(survey, progressOptions(beat));
}

export function stopAtForeignHands(context: RotationContext, survey: Survey): void {
  const foreign = foreignHandsIn(context, survey);
  if (foreign.length === 0) return;
  throw knownFailure(
    FailureType.ForeignHands,
    'something was changed that this rotation did not change',
    { laggards: foreign, observed: summarise(survey) },
  );
}

export function foreignHandsIn(context: RotationContext, survey: Survey): readonly Laggard[] {
  return foreignHands(context.recorded, record(objectFingerprints(survey)));
}

function stopAtPremise(wrong: Laggard | undefined): void {
  if (wrong === undefined) return;
  throw knownFailure(
    FailureType.MutationRefused,
    `what the change relies on: ${wrong.what} ${wrong.reason}`,
    {
      laggards: [wrong],
    },
  );
}

export function stopAtRefusals(refused: readonly Refusal[]): void {
  const [first] = refused;
  if (first === undefined) return;
  const because = refused.map((one) => one.because);
  const laggards = because.flatMap((one) => one.laggards);
  const unnamed = because.reduce((sum, one) => sum + unnamedLaggards(one), 0);
  const names = refused.map(({ invariant }) => invariant).join(', ');
  throw knownFailure(
    FailureType.MutationRefused,
    `the invariants to allow it (${names} refuses: ${first.because.laggards[0]?.what ?? ''} ${first.because.laggards[0]?.reason ?? ''})`,
    nameLaggards(laggards, unnamed),
  );
}
