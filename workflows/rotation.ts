import { setCurrentDetails } from '@temporalio/workflow';
import type { PlanRotationResult } from '../activities/contract.ts';
import type { RotationAnchors } from '../domain/anchors.ts';
import { isRetired, rotationId } from '../domain/anchors.ts';
import { hardDeadlineMs } from '../domain/deadline.ts';
import type { RecordedObjects } from '../domain/foreign-hands.ts';
import type { GateName } from '../domain/gates/gate.ts';
import { isBundleBehind, record } from '../domain/foreign-hands.ts';
import { rememberBundle, rememberIssuer } from '../domain/history.ts';
import { writesBundle } from '../domain/objects.ts';
import type { AbortAction, ApprovalName, Method, PhaseName } from '../domain/phases.ts';
import { abortAction } from '../domain/phases.ts';
import { renderDetails } from '../domain/render-details.ts';
import type { BoundContext, RotationContext } from '../domain/rotation-context.ts';
import type { RotationRequest } from '../domain/rotation-request.ts';
import { importsBridge } from '../domain/sources.ts';
import type { PhaseRecord, RotationState, WaitingFor } from '../domain/rotation-state.ts';
import {
  beginPhase,
  beginWaiting,
  beginWatch,
  endPhase,
  endWatch,
  pendingPhases,
  watchedSince,
  withNote,
  withoutWaiting,
} from '../domain/rotation-state.ts';
import type { SurveySummary } from '../domain/survey-summary.ts';
import type { CarriedRotation } from './carried-rotation.ts';
import { newRotation } from './carried-rotation.ts';
import { isoNow } from './clock.ts';
import { contextOf } from './context-of.ts';
import { Interruptions } from './interruptions.ts';
import { maxHistoryEvents } from './limits.ts';
import type { RotationStatus } from './messages.ts';
import { publish } from './search-attributes.ts';

/** One running rotation: its state, and the only place that changes it. */
export class Rotation {
  /** As it was asked for, or revised since. */
  request: RotationRequest;
  readonly interruptions: Interruptions;
  readonly startedAt: string;
  /** Called when the state has changed. */
  onChange: () => void = () => undefined;
  #state: RotationState;
  /** Whether this rotation is the engine of its cluster. */
  holdsLease: boolean;
  #planHash: string;
  #leafLifetimeMs: number;

  constructor(request: RotationRequest, carried: CarriedRotation | undefined) {
    const begun = carried ?? newRotation(request);
    this.request = request;
    const mostEvents = request.maxHistoryEvents ?? maxHistoryEvents;
    this.interruptions = new Interruptions(begun, { maxHistoryEvents: mostEvents });
    this.#state = begun.state;
    this.#planHash = begun.planHash;
    this.#leafLifetimeMs = begun.leafLifetimeMs;
    this.holdsLease = begun.holdsLease;
    this.startedAt = begun.startedAt;
  }

  get state(): RotationState {
    return this.#state;
  }

  get leafLifetimeMs(): number {
    return this.#leafLifetimeMs;
  }

  get hardDeadline(): string {
    const { hardDeadline } = this.#state;
    if (hardDeadline === undefined) throw new Error('a rotation has no deadline before its plan');
    return hardDeadline;
  }

  /** Whether a phase was begun that changes the cluster. */
  get hasBegun(): boolean {
    return this.#state.phases.some(
      ({ phase, state }) => phase !== 'Preflight' && state !== 'pending',
    );
  }

  /** Once the bridge exists, its end bounds the rotation as the end of A does; one made anew has another. */
  endBy(bridgeNotAfter: string): void {
    const { notAfter, intermediateNotAfter } = this.#state.plan?.anchors.a ?? {};
    const deadlineMs = hardDeadlineMs({
      ends: [notAfter, intermediateNotAfter, bridgeNotAfter],
      leafLifetimeMs: this.#leafLifetimeMs,
      marginMs: this.request.timings.deadlineMarginMs,
    });
    this.update({ hardDeadline: new Date(deadlineMs).toISOString() });
  }

  /** Whether the rotation has settled on a method and has phases to run. */
  get isPlanned(): boolean {
    return this.#state.plan !== undefined;
  }

  get status(): RotationStatus {
    return { state: this.#state, request: this.request, planHash: this.#planHash };
  }

  carry(): CarriedRotation {
    return {
      state: this.#state,
      planHash: this.#planHash,
      leafLifetimeMs: this.#leafLifetimeMs,
      holdsLease: this.holdsLease,
      startedAt: this.startedAt,
      ...this.interruptions.carry(),
    };
  }

  /** The context for activities; before the first survey there is nothing to compare with. */
  get context(): RotationContext {
    const { anchors, recorded } = this.#state;
    if (anchors === undefined || recorded === undefined) {
      throw new Error('a rotation has no context before its first survey');
    }
    return contextOf(this.request, { ...this.#state, anchors, recorded });
  }

  /** The context once both anchors are known. */
  get boundContext(): BoundContext {
    const context = this.context;
    const { a, b } = context.survey.anchors;
    if (b === undefined) throw new Error('the new anchor does not exist yet');
    return { ...context, survey: { ...context.survey, anchors: { a, b } } };
  }

  /** Takes over what the first survey found. */
  adopt(found: PlanRotationResult): void {
    this.#planHash = found.planHash;
    this.#leafLifetimeMs = found.leafLifetimeMs;
    this.update({
      plan: found.plan,
      rotationId: found.plan.rotationId,
      method: found.plan.method,
      anchors: found.anchors,
      hardDeadline: found.plan.hardDeadline,
      phases: this.#recordsOf(found.plan.phases, ['done', 'running']),
    });
    this.saw(found.observed);
    this.accept(found.observed);
    if (isBundleBehind(found.observed.objects)) this.bundleFollows();
  }

  /** Changes the method where both are still possible; phases that are done stay so. */
  changeMethod(method: Method, names: readonly PhaseName[]): void {
    this.update({ method, phases: this.#recordsOf(names, ['done']) });
  }

  /** Records for the phases ahead, behind those that are kept. */
  #recordsOf(
    names: readonly PhaseName[],
    keep: readonly PhaseRecord['state'][],
  ): readonly PhaseRecord[] {
    const kept = this.#state.phases.filter(({ state }) => keep.includes(state));
    return [
      ...kept,
      ...pendingPhases(names.filter((name) => !kept.some(({ phase }) => phase === name))),
    ];
  }

  begin(phase: PhaseName): void {
    if (!this.#state.phases.some((record) => record.phase === phase)) {
      this.update({ phases: [...this.#state.phases, ...pendingPhases([phase])] });
    }
    this.#replace(beginPhase(this.#state, phase, isoNow()));
    this.setRunning();
    publish(this.#state);
  }

  end(phase: PhaseName): void {
    this.#replace(endPhase(this.#state, phase, isoNow()));
  }

  knowSuccessor(anchors: Required<RotationAnchors>): void {
    this.update({ anchors, rotationId: rotationId(anchors) });
  }

  /** Remembers what a survey showed; none of it becomes the rotation's own by that: see {@link did}. */
  saw(observed: SurveySummary): void {
    const { bundle, issuer } = observed.objects;
    this.update({
      observed,
      bundleHistory: rememberBundle(this.#state.bundleHistory, {
        fingerprints: bundle,
        since: observed.bundleSince,
      }),
      issuerHistory: rememberIssuer(this.#state.issuerHistory, issuer),
    });
  }

  /** Goes on from the objects as they are, whoever left them so; later differences are another hand's. */
  accept(observed: SurveySummary): void {
    this.update({ recorded: record(observed.objects) });
  }

  /**
   * Records what the rotation has done by itself, and nothing of what was seen beside it: that stays
   * another hand's, which the next look finds.
   */
  did(change: Partial<RecordedObjects>): void {
    this.update({ recorded: { ...this.#recorded, ...change } });
  }

  /** The bundle follows its sources and may be anything until it has, unless the rotation writes it. */
  bundleFollows(): void {
    if (writesBundle(this.request.objects)) return;
    const { bundle: _followed, ...recorded } = this.#recorded;
    this.update({ recorded });
  }

  /** The bundle has come to what its sources say. */
  bundleHasFollowed(): void {
    const { observed } = this.#state;
    if (observed !== undefined) this.did({ bundle: observed.objects.bundle });
  }

  get #recorded(): RecordedObjects {
    const { recorded } = this.#state;
    if (recorded === undefined) throw new Error('nothing is recorded before the first survey');
    return recorded;
  }

  /** From here on the condition stays `swinging-back`, whatever is waited for. */
  beginSwingBack(): void {
    this.#enter({ ...this.#state, condition: 'swinging-back' });
  }

  setRunning(): void {
    const state = withoutWaiting(this.#state);
    const wayBack = state.condition === 'swinging-back';
    this.#enter({ ...state, condition: wayBack ? 'swinging-back' : 'running' });
  }

  setWaiting(state: 'paused' | 'waiting-for-approval' | 'blocked', waiting: WaitingFor): void {
    const condition = this.#state.condition === 'swinging-back' ? 'swinging-back' : state;
    this.#enter({
      ...this.#state,
      condition,
      waiting: beginWaiting(this.#state, waiting, isoNow()),
    });
  }

  #enter(state: RotationState): void {
    const changed = state.condition !== this.#state.condition;
    this.#replace(state);
    if (changed) publish(state);
  }

  /** When the wait for this gate began, in this run or one before; Unix milliseconds. */
  beginWatch(gate: GateName): number {
    this.#replace(beginWatch(this.#state, gate, isoNow()));
    return Date.parse(watchedSince(this.#state, gate) ?? isoNow());
  }

  endWatch(gate: GateName): void {
    this.#replace(endWatch(this.#state, gate));
  }

  approve(gate: ApprovalName, by: string): void {
    this.update({ approvals: [...this.#state.approvals, { gate, by, at: isoNow() }] });
  }

  isApproved(gate: ApprovalName): boolean {
    return this.#state.approvals.some((approval) => approval.gate === gate);
  }

  note(text: string): void {
    this.#replace(withNote(this.#state, { at: isoNow(), text }));
  }

  /** Whether A has been retired: from there on only the way forward is safe. */
  get isRetired(): boolean {
    return isRetired(this.#state.anchors, this.#state.recorded);
  }

  /** What an abort would do now. */
  get abortAction(): AbortAction {
    const { phase, plan } = this.#state;
    const canSwingBack = !importsBridge(this.request) && plan?.unpinned !== true;
    return abortAction(phase, { isRetired: this.isRetired, canSwingBack });
  }

  update(change: Partial<RotationState>): void {
    this.#replace({ ...this.#state, ...change });
  }

  #replace(state: RotationState): void {
    this.#state = state;
    this.onChange();
    setCurrentDetails(renderDetails(state));
  }
}
