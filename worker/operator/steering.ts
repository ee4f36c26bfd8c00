import type { ApprovalName } from '../../domain/phases.ts';
import { approvalNames } from '../../domain/phases.ts';
import { compareSpec, isEmpty } from '../../domain/resource/spec-change.ts';
import { isEnd } from '../../domain/rotation-state.ts';
import { ownerOf } from '../../mesh/resource/field-owners.ts';
import { approveAnnotation, takeApproval } from '../../mesh/resource/resource-metadata.ts';
import { recordEvent } from '../../mesh/resource/resource-events.ts';
import type { RotationResource } from '../../mesh/resource/rotation-resource.ts';
import type { PersonMessage, RunningSight } from '../../workflows/messages.ts';
import type { Answer, RotationLook } from './engine.ts';
import type { Memory, OperatorParts } from './parts.ts';

/** What the resource has in store for a rotation that runs. */
export interface Steered {
  /** Fields whose change waits for the next rotation. */
  readonly refused: readonly string[];
  /** Why the resource, which is deleted, is kept. */
  readonly kept?: string;
}

const suspender = 'spec.suspend of TrustAnchorRotation cluster';
const deleter = 'the deletion of TrustAnchorRotation cluster';

/** Passes on what people have written into the resource; each is done once, however often it is seen. */
export async function steer(
  parts: OperatorParts,
  resource: RotationResource,
  sight: RunningSight,
  memory: Memory,
): Promise<Steered> {
  if (isEnd(sight.state.condition)) return { refused: [] };
  await suspendOrResume(parts, resource, sight);
  if (resource.isDeleting) {
    return { refused: [], kept: await leaveBeforeDeletion(parts, sight, memory) };
  }
  return { refused: await revise(parts, resource, sight) };
}

async function suspendOrResume(
  { engine }: OperatorParts,
  resource: RotationResource,
  { paused, isOnWayBack }: RunningSight,
): Promise<void> {
  // A pause would leave it half way, and the rotation takes none from here.
  if (isOnWayBack === true) return;
  const message = inNameOf(resource, suspender);
  const wanted = resource.spec.suspend && !resource.isDeleting;
  if (wanted && paused === undefined) await engine.pause(message);
  // A pause that a person asked for with a command is that person's to end.
  if (!wanted && paused?.by === suspender) await engine.resume(message);
}

/** Every worker says what it sees: by this the rotation does it once, and nothing that is out of date. */
function inNameOf({ uid, generation }: RotationResource, by: string): PersonMessage {
  return { by, resource: { uid, generation } };
}

/** Never half way: the rotation leaves by the way of its phase, or goes on where only that is safe. */
async function leaveBeforeDeletion(
  { engine, log }: OperatorParts,
  { runId, state }: RunningSight,
  memory: Memory,
): Promise<string> {
  if (memory.leaving?.runId === runId) return memory.leaving.kept;
  const stops = 'the resource goes once the rotation has stopped where the mesh is safe';
  if (state.condition === 'swinging-back') return stops;
  const { accepted, text } = await engine.abort(deleter);
  log.info({ accepted, text }, 'the resource is being deleted while a rotation runs');
  const kept = accepted
    ? stops
    : `the resource goes once the rotation has ended by itself: ${text}`;
  memory.leaving = { runId, kept };
  return kept;
}

/** The same where nobody says how the rotation stands, or whether there is one. */
export function keptUnseen(
  { isDeleting }: RotationResource,
  look: RotationLook,
): Pick<Steered, 'kept'> {
  if (!isDeleting) return {};
  const kept =
    look.kind === 'unreachable'
      ? 'the resource goes once Temporal answers, and no rotation runs any more'
      : 'a rotation runs, and is asked to stop where the mesh is safe once a worker answers for it; then the resource goes';
  return { kept };
}

async function revise(
  { engine, log }: OperatorParts,
  resource: RotationResource,
  { request, state }: RunningSight,
): Promise<readonly string[]> {
  // Who started a rotation by a command has said there what it shall be like.
  if (request.trigger === undefined) return [];
  const { revision, refused } = compareSpec(resource.spec, request, state.method);
  if (isEmpty(revision)) return refused;
  const by = `${ownerOf(resource, ['spec']) ?? 'somebody'} (spec of TrustAnchorRotation cluster)`;
  const answer = await engine.revise(revision, inNameOf(resource, by));
  if (answer.accepted) return refused;
  log.warn({ ...answer }, 'a change of the spec was refused');
  return [...refused, ...Object.keys(revision)];
}

/**
 * `kubectl annotate tar cluster trust.linkerd.io/approve=switch-issuer`. Whoever takes it away passes it
 * on, so that of two workers one does; where that fails, an Event says so and nothing is approved.
 */
export async function heedApproval(
  parts: OperatorParts,
  resource: RotationResource,
  look: RotationLook,
): Promise<void> {
  const { kube, clock } = parts;
  const gate = resource.annotations[approveAnnotation];
  if (gate === undefined || look.kind === 'unreachable') return;
  if (!(await takeApproval(kube, gate))) return;
  const owner = ownerOf(resource, ['metadata', 'annotations', approveAnnotation]) ?? 'somebody';
  const answer = await approve(parts, look, { gate, owner });
  if (answer.accepted) return;
  await recordEvent(kube, resource, {
    key: `approval/${resource.resourceVersion}`,
    type: 'Warning',
    reason: 'ApprovalRefused',
    message: `approval ${gate} by ${owner} was refused: ${answer.text}`,
    at: new Date(clock.nowMs()).toISOString(),
  });
}

async function approve(
  { engine }: OperatorParts,
  look: RotationLook,
  { gate, owner }: { readonly gate: string; readonly owner: string },
): Promise<Answer> {
  if (!isApproval(gate)) {
    const text = `there is no approval ${gate}: there are ${approvalNames.join(', ')}`;
    return { accepted: false, text };
  }
  if (look.kind !== 'running') return { accepted: false, text: 'no rotation runs' };
  try {
    return await engine.approve(gate, `${owner} (annotation of TrustAnchorRotation cluster)`);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { accepted: false, text: `it could not be passed on, give it again: ${text}` };
  }
}

function isApproval(text: string): text is ApprovalName {
  return approvalNames.some((name) => name === text);
}
