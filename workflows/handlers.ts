import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { isExceptable } from '../domain/exceptable.ts';
import type { AbortAction } from '../domain/phases.ts';
import { paceIsPossible } from '../domain/phases.ts';
import { describeRevision, isEmpty, newIn } from '../domain/resource/spec-change.ts';
import { isEnd } from '../domain/rotation-state.ts';
import type { ApproveMessage, ExceptMessage, PersonMessage, ReviseMessage } from './messages.ts';
import {
  abortSignal,
  abortUpdate,
  approveSignal,
  approveUpdate,
  exceptUpdate,
  pauseSignal,
  planQuery,
  resumeSignal,
  reviseUpdate,
  sightQuery,
  statusQuery,
} from './messages.ts';
import type { Rotation } from './rotation.ts';
import { sightOf } from './sight.ts';

/** Signals sent by hand may come without an argument. */
const somebody: PersonMessage = { by: 'somebody (no name given)' };

/** Everything that a person can ask of a running rotation. */
export function handleMessages(rotation: Rotation): void {
  answerQueries(rotation);
  handleSignals(rotation);
  handleUpdates(rotation);
  handleRevisions(rotation);
}

function answerQueries(rotation: Rotation): void {
  setHandler(statusQuery, () => rotation.status, {
    description: 'Where the rotation stands: phase, gate, laggards, fleet, history',
  });
  setHandler(
    sightQuery,
    () => {
      const { paused, isOnWayBack } = rotation.interruptions;
      return {
        ...sightOf(rotation),
        ...(paused === undefined ? {} : { paused }),
        ...(isOnWayBack ? { isOnWayBack } : {}),
      };
    },
    { description: 'What the TrustAnchorRotation of the cluster is told' },
  );
  setHandler(planQuery, () => rotation.state.plan, {
    description: 'What the rotation set out to do',
  });
}

function handleSignals(rotation: Rotation): void {
  setHandler(
    pauseSignal,
    (message = somebody) => {
      if (!isNewPause(rotation, message)) return;
      rotation.interruptions.pause(message);
      rotation.note(`paused by ${message.by}`);
    },
    { description: 'Stop between two steps until resumed; watches are interrupted at once' },
  );
  setHandler(
    resumeSignal,
    (message = somebody) => {
      if (!endsWhatItBegan(rotation, message)) return;
      rotation.interruptions.resume();
      rotation.note(`resumed by ${message.by}`);
    },
    { description: 'Go on after a pause, or try again what waits for a person' },
  );
  setHandler(
    abortSignal,
    (message = somebody) => {
      const refusal = whyNoAbort(rotation);
      if (refusal !== undefined) rotation.note(`abort by ${message.by} refused: ${refusal}`);
      else abort(rotation, message);
    },
    { description: 'Leave safely: undo, hold or swing back, as the phase allows' },
  );
  setHandler(
    approveSignal,
    (message = somebody) => {
      const gate = rotation.state.waiting?.approval;
      if (gate === undefined) {
        rotation.note(`approval by ${message.by} ignored: nothing waits for one`);
        return;
      }
      rotation.approve(gate, message.by);
    },
    { description: 'Approve what the rotation waits for now' },
  );
}

function handleUpdates(rotation: Rotation): void {
  setHandler(
    approveUpdate,
    ({ gate, by }: ApproveMessage) => {
      rotation.approve(gate, by);
      return { text: `approved ${gate}` };
    },
    {
      description: 'Approve a gate by name; refused if it does not wait or the plan is another',
      validator: (message: ApproveMessage) => {
        refuseUpdate(whyNoApproval(rotation, message));
      },
    },
  );
  setHandler(
    exceptUpdate,
    ({ name, by, reason }) => {
      const exceptions = [...rotation.state.exceptions, { name, by, reason }];
      rotation.update({ exceptions });
      rotation.note(`${by} excepted ${name}: ${reason}`);
      rotation.interruptions.except();
      return { text: `excepted ${name}` };
    },
    {
      description: 'Leave a named laggard out of every gate from now on',
      validator: ({ name, by, reason }: ExceptMessage) => {
        refuseUpdate(isBlank(by) ? 'say who excepts it' : undefined);
        refuseUpdate(isBlank(name) || isBlank(reason) ? 'give the name and the reason' : undefined);
        refuseUpdate(isExceptable(name) ? undefined : whatCanBeExcepted);
      },
    },
  );
  setHandler(
    abortUpdate,
    (message: PersonMessage) => {
      const { abortAction } = rotation;
      abort(rotation, message);
      return { text: abortTexts[abortAction] };
    },
    {
      description: 'Leave safely; refused where only the way forward is safe',
      validator: ({ by }: PersonMessage) => {
        refuseUpdate(isBlank(by) ? 'say who aborts' : whyNoAbort(rotation));
      },
    },
  );
}

function handleRevisions(rotation: Rotation): void {
  setHandler(
    reviseUpdate,
    (message: ReviseMessage) => {
      const { by } = message;
      if (!rotation.interruptions.resourceVoice.isCurrent(message)) {
        return { text: 'the resource has said something newer since' };
      }
      const revision = newIn(message.revision, rotation.request);
      if (isEmpty(revision)) return { text: 'it runs like that already' };
      rotation.request = { ...rotation.request, ...revision };
      const text = `${by} changed ${describeRevision(revision)}`;
      rotation.note(text);
      rotation.interruptions.revise();
      return { text };
    },
    {
      description: 'Change pace, approvals or wave size of what is left to do',
      validator: (message: ReviseMessage) => {
        refuseUpdate(whyNoRevision(rotation, message));
      },
    },
  );
}

const whatCanBeExcepted =
  'only pods, workloads and members outside the cluster can be left out, by names such as "pod shop/web-1"';

/**
 * Several operators see that the resource suspends: one pause is enough, and a person's own stays that. Who
 * suspends wants no more done to the mesh, which is what a way back that was asked for comes to.
 */
function isNewPause({ interruptions }: Rotation, message: PersonMessage): boolean {
  if (message.resource === undefined) return true;
  const { resourceVoice, paused, isOnWayBack } = interruptions;
  return resourceVoice.isCurrent(message) && paused === undefined && !isOnWayBack;
}

/** The resource ends its own pause and nothing else: a resume also answers for what waits for a person. */
function endsWhatItBegan({ interruptions }: Rotation, message: PersonMessage): boolean {
  if (message.resource === undefined) return true;
  return interruptions.resourceVoice.isCurrent(message) && interruptions.paused?.by === message.by;
}

const abortTexts: Readonly<Record<AbortAction, string>> = {
  nothing: 'aborting: nothing was changed',
  unpin: 'aborting: the signer and the renewal settings go back to what they were',
  hold: 'aborting: the rotation stops here; the next one goes on from there',
  'swing-back': 'aborting: the issuer goes back under the old anchor, then the rotation stops',
  'forward-only': 'refused',
};

function abort(rotation: Rotation, message: PersonMessage): void {
  if (rotation.interruptions.abortRequested?.by === message.by) return;
  rotation.note(
    `abort asked for by ${message.by}${message.reason === undefined ? '' : `: ${message.reason}`}`,
  );
  rotation.interruptions.abort(message);
}

function whyNoAbort(rotation: Rotation): string | undefined {
  const { condition } = rotation.state;
  if (isEnd(condition)) return 'the rotation has ended';
  if (condition === 'swinging-back') return 'it is on its way back already';
  if (rotation.abortAction !== 'forward-only') return undefined;
  return 'the old anchor has left the bundle: going back would be less safe than going on';
}

function whyNoRevision({ state }: Rotation, { by, revision }: ReviseMessage): string | undefined {
  if (isBlank(by)) return 'say who changes it';
  if (isEmpty(revision)) return 'say what is to change';
  if (isEnd(state.condition)) return 'the rotation has ended';
  const { pace } = revision;
  if (pace === undefined || state.method === undefined || paceIsPossible(state.method, pace)) {
    return undefined;
  }
  return `method ${state.method} cannot run at pace ${pace}`;
}

function whyNoApproval(
  rotation: Rotation,
  { gate, by, planHash }: ApproveMessage,
): string | undefined {
  if (isBlank(by)) return 'say who approves';
  const waitsFor = rotation.state.waiting?.approval;
  if (waitsFor === undefined) return 'nothing waits for an approval now';
  if (gate !== waitsFor) return `it waits for ${waitsFor}, not for ${gate}`;
  if (planHash !== undefined && planHash !== rotation.status.planHash) {
    return `the plan that was approved (${planHash}) is not the plan that runs (${rotation.status.planHash})`;
  }
  return undefined;
}

function isBlank(text: unknown): boolean {
  return typeof text !== 'string' || text.trim() === '';
}

/** Validators are synchronous and refuse by throwing; a refused update leaves no trace in the history. */
function refuseUpdate(reason: string | undefined): void {
  if (reason !== undefined) throw ApplicationFailure.nonRetryable(reason, 'Refused');
}
