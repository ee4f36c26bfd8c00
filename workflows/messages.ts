import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ApprovalName } from '../domain/phases.ts';
import type { RotationSight } from '../domain/resource/rotation-status.ts';
import type { Revision } from '../domain/resource/spec-change.ts';
import type { RotationState } from '../domain/rotation-state.ts';
import type { RotationRequest } from '../domain/rotation-request.ts';

/** Names are public API: people send them from the Web UI and from scripts. */

export interface PersonMessage {
  /** Who asks; shown in the status and kept in the report. */
  readonly by: string;
  readonly reason?: string;
  /** Where an operator passes on what the resource says: others do so as well, some with what it said before. */
  readonly resource?: ResourceVersion;
}

/** The TrustAnchorRotation as an operator has seen it. */
export interface ResourceVersion {
  readonly uid: string;
  readonly generation: number;
}

export interface ApproveMessage extends PersonMessage {
  readonly gate: ApprovalName;
  /** Hash of the plan that the person has seen; an approval of another plan is refused. */
  readonly planHash?: string;
}

export interface ExceptMessage extends PersonMessage {
  /** As a report names it: `pod shop/legacy-0`, `Deployment shop/legacy`, `Link multicluster/west`. */
  readonly name: string;
  readonly reason: string;
}

export interface ReviseMessage extends PersonMessage {
  readonly revision: Revision;
}

export interface Answer {
  readonly text: string;
}

export interface RotationStatus {
  readonly state: RotationState;
  readonly request: RotationRequest;
  readonly planHash: string;
}

/** What the resource in the cluster is told. */
export interface RunningSight extends RotationSight {
  /** Who has paused it, also before it has come to a stop. */
  readonly paused?: PersonMessage;
  /** It leaves after an abort; a resource stops it no more. */
  readonly isOnWayBack?: true;
}

export const pauseSignal = defineSignal<[PersonMessage?]>('pause');
export const resumeSignal = defineSignal<[PersonMessage?]>('resume');
export const abortSignal = defineSignal<[PersonMessage?]>('abort');
/** Counts for the approval that is asked for now. */
export const approveSignal = defineSignal<[PersonMessage?]>('approve');

/** Names of signals and updates live in separate spaces, so one purpose bears one name in both. */
export const approveUpdate = defineUpdate<Answer, [ApproveMessage]>('approve');
export const exceptUpdate = defineUpdate<Answer, [ExceptMessage]>('except');
export const reviseUpdate = defineUpdate<Answer, [ReviseMessage]>('revise');
export const abortUpdate = defineUpdate<Answer, [PersonMessage]>('abort');

export const statusQuery = defineQuery<RotationStatus>('status');
export const sightQuery = defineQuery<RunningSight>('sight');
export const planQuery = defineQuery<RotationState['plan']>('plan');
