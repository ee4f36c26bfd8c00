import {
  CancelledFailure,
  CancellationScope,
  condition,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import type { CarriedRotation } from './carried-rotation.ts';
import type { PersonMessage } from './messages.ts';
import { ResourceVoice } from './resource-voice.ts';

/** Thrown at the next step after an abort was asked for; the rotation then leaves the mesh safely. */
export class AbortRequested extends Error {
  override readonly name = 'AbortRequested';
}

/** Thrown when a person resumes with what another hand has changed: the plan rests on what was before. */
export class PlanIsStale extends Error {
  override readonly name = 'PlanIsStale';
}

/** Thrown when a person resumes a way back that the retirement of the old anchor has closed. */
export class WayBackIsClosed extends Error {
  override readonly name = 'WayBackIsClosed';
}

/** Thrown between two steps when the history has grown long: the rotation goes on in a new run. */
export class HistoryIsLong extends Error {
  override readonly name = 'HistoryIsLong';
}

type Carried = Pick<CarriedRotation, 'paused' | 'hasAnswer' | 'resource' | 'isOnWayBack'>;

/** What people have asked of a running rotation and it has not acted on yet. */
export class Interruptions {
  paused: PersonMessage | undefined;
  readonly resourceVoice: ResourceVoice;
  #abort: PersonMessage | undefined;
  /** Counts resumes and exceptions: a step that waits for a person waits for the next one. */
  #resumes = 0;
  /** Counts resumes that ended no pause: a person's word for what is shown. */
  #answers: number;
  /** Those that were heard, or came before what is shown. */
  #answersHeard = 0;
  /** Counts revisions: what is watched may now be watched for another purpose. */
  #revisions = 0;
  #isOnWayBack = false;
  readonly #maxHistoryEvents: number;

  /** @param options.maxHistoryEvents after these the rotation goes on in a new run */
  constructor(begun: Carried, options: { readonly maxHistoryEvents: number }) {
    this.paused = begun.paused;
    this.resourceVoice = new ResourceVoice(begun.resource);
    this.#answers = begun.hasAnswer === true ? 1 : 0;
    this.#isOnWayBack = begun.isOnWayBack === true;
    this.#maxHistoryEvents = options.maxHistoryEvents;
  }

  /** What a new run has to know of it. */
  carry(): Carried {
    const { paused, resourceVoice } = this;
    return {
      ...(paused === undefined ? {} : { paused }),
      ...(this.#hasUnheardAnswer ? { hasAnswer: true } : {}),
      ...(resourceVoice.last === undefined ? {} : { resource: resourceVoice.last }),
      ...(this.#isOnWayBack ? { isOnWayBack: true } : {}),
    };
  }

  pause(message: PersonMessage): void {
    this.paused = message;
  }

  resume(): void {
    if (this.paused === undefined) this.#answers += 1;
    this.paused = undefined;
    this.#resumes += 1;
  }

  /** Has what waits for a person tried again; unlike a resume it ends no pause and answers for nothing. */
  except(): void {
    this.#resumes += 1;
  }

  /** Cuts a watch short, so that what was revised is taken up; unlike a resume it answers for nothing. */
  revise(): void {
    this.#revisions += 1;
  }

  abort(message: PersonMessage): void {
    this.#abort ??= message;
  }

  /** From here on nothing aborts any more: the way back itself cannot be aborted. */
  beginWayBack(): void {
    this.#isOnWayBack = true;
    this.paused = undefined;
  }

  /** For an abort that came too late: it is dropped, and so is the way back if that had begun. */
  dropAbort(): void {
    this.#abort = undefined;
    this.#isOnWayBack = false;
  }

  get isOnWayBack(): boolean {
    return this.#isOnWayBack;
  }

  get abortRequested(): PersonMessage | undefined {
    return this.#isOnWayBack ? undefined : this.#abort;
  }

  get #interrupted(): boolean {
    return this.paused !== undefined || this.abortRequested !== undefined;
  }

  /**
   * Between two steps.
   * @throws AbortRequested if a person asked for it
   * @throws CancelledFailure if Temporal did: changes run to their end, so they do not throw it
   * @throws HistoryIsLong if the rest belongs into a new run
   */
  check(): void {
    const abort = this.abortRequested;
    if (abort !== undefined) throw new AbortRequested(`aborted by ${abort.by}`);
    if (CancellationScope.current().consideredCancelled) {
      throw new CancelledFailure('the workflow was cancelled');
    }
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (continueAsNewSuggested || historyLength > this.#maxHistoryEvents) throw new HistoryIsLong();
  }

  /** Waits until `met`, a resume, or an abort; at most `timeoutMs`. Answers whether a person resumed. */
  async untilPersonOr(met: () => boolean, timeoutMs?: number): Promise<boolean> {
    const seen = this.#resumes;
    const done = (): boolean => met() || this.#resumes > seen || this.abortRequested !== undefined;
    if (timeoutMs === undefined) await condition(done);
    else await condition(done, timeoutMs);
    return this.#resumes > seen;
  }

  get #hasUnheardAnswer(): boolean {
    return this.#answers > this.#answersHeard;
  }

  /**
   * Waits for a person's word for what is shown, at most `timeoutMs`; a pause or an abort ends it, too.
   * @param options.goesOn it was shown before: a word for it may have come while the cluster was looked at
   */
  async untilAnswered({
    goesOn,
    timeoutMs,
  }: {
    readonly goesOn: boolean;
    readonly timeoutMs: number;
  }): Promise<boolean> {
    if (!goesOn) this.#answersHeard = this.#answers;
    await condition(() => this.#hasUnheardAnswer || this.#interrupted, timeoutMs);
    const answered = this.#hasUnheardAnswer;
    this.#answersHeard = this.#answers;
    return answered;
  }

  /**
   * Runs an observation that a pause, an abort, a revision or a resume cuts short (a resume may come
   * with an exception, which only a new observation knows); `undefined` if one did.
   */
  async cutShort<Result>(observation: () => Promise<Result>): Promise<Result | undefined> {
    const seen = this.#resumes + this.#revisions;
    const isInterrupted = (): boolean =>
      this.#interrupted || this.#resumes + this.#revisions > seen;
    const scope = new CancellationScope();
    let finished = false;
    // A cancelled workflow must not end the watcher: nobody looks at its failure in time.
    const watcher = CancellationScope.nonCancellable(async () => {
      await condition(() => finished || isInterrupted());
      if (!finished) scope.cancel();
    });
    try {
      return await scope.run(observation);
    } catch (error) {
      if (isCancellation(error) && isInterrupted()) return undefined;
      throw error;
    } finally {
      finished = true;
      await watcher;
    }
  }
}
