import type { Verdict } from '../../domain/resource/conditions.ts';
import { withVerdicts } from '../../domain/resource/conditions.ts';
import type { FailedStep } from '../../domain/resource/failed-step.ts';
import { failureReason, failureText } from '../../domain/resource/failed-step.ts';
import type { ResourceStatus } from '../../domain/resource/resource-status.ts';
import { specVerdict } from '../../domain/resource/spec-change.ts';
import { recordEvent } from '../../mesh/resource/resource-events.ts';
import type { RotationResource } from '../../mesh/resource/rotation-resource.ts';
import type { RotationLook } from './engine.ts';
import type { Memory, OperatorParts } from './parts.ts';
import { writeDifference } from './write-difference.ts';

/** What one pass has come to. */
export interface Conclusion {
  readonly look: RotationLook;
  readonly memory: Memory;
  readonly failed: readonly FailedStep[];
  /** Fields whose change waits for the next rotation. */
  readonly refused: readonly string[];
  /** What a start, or the end of the resource, waits for. */
  readonly waiting: string | undefined;
}

/**
 * Tells what the pass has come to.
 *
 * @throws Error when a step has failed, once the resource shows it
 */
export async function conclude(
  parts: OperatorParts,
  resource: RotationResource,
  { look, memory, failed, refused, waiting }: Conclusion,
): Promise<void> {
  const { spec } = resource;
  const trigger = resource.status.triggers.find(({ value }) => value === spec.trigger);
  const status = await tellVerdicts(parts, resource, [
    specVerdict({ failed, refused, waiting, trigger }),
    temporalVerdict(look),
  ]);
  await tellFailures(parts, resource, { status, failed, memory });
  if (failed.length > 0) throw new Error(failed.map(failureText).join(' '));
}

function temporalVerdict(look: RotationLook): Verdict {
  const type = 'TemporalReachable';
  if (look.kind !== 'unreachable') {
    return { type, status: 'True', reason: 'Answers', message: '' };
  }
  return {
    type,
    status: 'False',
    reason: 'Unreachable',
    message: `Temporal does not answer (${look.reason}): a rotation that runs goes on by itself when it does`,
  };
}

function tellVerdicts(
  parts: OperatorParts,
  resource: RotationResource,
  verdicts: readonly Verdict[],
): Promise<ResourceStatus> {
  const iso = new Date(parts.clock.nowMs()).toISOString();
  return writeDifference(parts, resource, ({ status, generation }) => ({
    ...status,
    observedGeneration: generation,
    conditions: withVerdicts(status.conditions, verdicts, { iso, generation }),
  }));
}

/** One Event for as long as a step fails, from however many workers: the condition says since when. */
async function tellFailures(
  { kube, clock }: OperatorParts,
  resource: RotationResource,
  { status, failed, memory }: Pick<Conclusion, 'failed' | 'memory'> & { status: ResourceStatus },
): Promise<void> {
  const accepted = status.conditions.find(({ type }) => type === 'SpecAccepted');
  const events = failed.map((step) => ({
    key: `failed/${failureReason(step)}/${accepted?.lastTransitionTime ?? ''}`,
    type: 'Warning' as const,
    reason: failureReason(step),
    message: failureText(step),
    at: new Date(clock.nowMs()).toISOString(),
  }));
  for (const event of events) {
    if (!memory.told.includes(event.key)) await recordEvent(kube, resource, event);
  }
  memory.told = events.map(({ key }) => key);
}
