import { createHash } from 'node:crypto';
import type { RotationAnchors } from '../domain/anchors.ts';
import { identifyAnchors } from '../domain/anchors.ts';
import { probelessRequest } from '../domain/observation.ts';
import type { Plan } from '../domain/plan.ts';
import { makePlan, planIdentity } from '../domain/plan.ts';
import type { RotationRequest } from '../domain/rotation-request.ts';
import { summarise } from '../domain/survey-summary.ts';
import type { Surveyor } from '../mesh/observation/survey.ts';
import type { PlanRotationResult } from './contract.ts';

/** What a plan is asked for with; `replaces` is empty when a person only wants to see one. */
export type PlanQuestion = Pick<
  RotationRequest,
  'method' | 'pace' | 'restarts' | 'timings' | 'exceptions' | 'objects' | 'replaces' | 'sources'
>;

/**
 * Surveys a mesh without changing anything and plans its rotation. Used by the workflow's first phase
 * and by the client, so that what a person agreed to is what runs.
 */
export async function planRotation(
  surveyor: Surveyor,
  question: PlanQuestion,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (text: string) => void } = {},
): Promise<PlanRotationResult> {
  const anchors = identifyAnchors(await surveyor.discover(question.objects), question.replaces);
  const excepted = question.exceptions.map(({ name }) => name);
  const request = probelessRequest({ ...question, anchors }, excepted);
  const survey = await surveyor.survey(request, options);
  const inventory = await surveyor.inventory(question.objects, question);
  const plan = makePlan({ survey, inventory, anchors, request: question });
  return {
    plan,
    planHash: planHash(plan),
    anchors,
    observed: summarise(survey),
    leafLifetimeMs: inventory.leafLifetimeMs,
    alreadyRotated: isAlreadyRotated(question, anchors),
  };
}

/** Twelve hex digits that change when anything changes that a person agrees to. */
export function planHash(plan: Plan): string {
  return createHash('sha256').update(planIdentity(plan)).digest('hex').slice(0, 12);
}

/** The anchor that was to be replaced is not in use any more, and nothing is under way. */
function isAlreadyRotated({ replaces }: PlanQuestion, { a, b }: RotationAnchors): boolean {
  return replaces !== '' && b === undefined && a.certificate.fingerprint !== replaces;
}
