import type { ExitCode } from './exit-codes.ts';

export interface CommandStory {
  /** Completes "Could not …": what was tried, and on what. */
  readonly tried: string;
  /** What happened, without a final dot. */
  readonly happened: string;
  /** What a person can do now, without a final dot. */
  readonly nextStep: string;
  readonly cause?: unknown;
}

/** An expected failure of a command: its message is all that a person gets to see. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, story: CommandStory) {
    super(
      `Could not ${story.tried}: ${story.happened}. Next step: ${story.nextStep}.`,
      story.cause === undefined ? undefined : { cause: story.cause },
    );
    this.exitCode = exitCode;
  }
}
