import { Context } from '@temporalio/activity';
import type { WaitOptions } from '../mesh/wait.ts';

/** Well below the heartbeat timeout of `workflows/activity-profiles.ts`. */
const heartbeatEveryMs = 2_000;

/** What a running activity tells about itself; the live view shows it. */
export interface Progress {
  readonly text: string;
}

/** The running activity, as the code below it needs it. */
export interface Beat<Details> {
  /** Aborted when the activity is cancelled or the worker shuts down. */
  readonly signal: AbortSignal;
  /** Tells where it is; repeated by itself, so that one long step does not look like a dead worker. */
  readonly tell: (details: Details) => void;
}

/** Runs the body of an activity with regular heartbeats. */
export async function withHeartbeat<Details, Result>(
  first: Details,
  body: (beat: Beat<Details>) => Promise<Result>,
): Promise<Result> {
  const context = Context.current();
  let details = first;
  const timer = setInterval(() => {
    context.heartbeat(details);
  }, heartbeatEveryMs);
  try {
    context.heartbeat(details);
    return await body({
      signal: context.cancellationSignal,
      tell: (next) => {
        details = next;
        context.heartbeat(details);
      },
    });
  } finally {
    clearInterval(timer);
  }
}

/** How a long observation or wait of mesh/ is cut short, and where it tells what it is doing. */
export function progressOptions(beat: Beat<Progress>): {
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
} {
  return {
    signal: beat.signal,
    onProgress: (text) => {
      beat.tell({ text });
    },
  };
}

/** Options for the waits of mesh/, which end at a deadline and tell what they wait for. */
export function waitOptions(beat: Beat<Progress>, timeoutMs: number): WaitOptions {
  return { deadlineMs: Date.now() + timeoutMs, ...progressOptions(beat) };
}
