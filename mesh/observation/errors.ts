/**
 * Something that an observation cannot do without is missing or not what it should be: the message
 * names the object and the next step.
 */
export class ObservationError extends Error {
  override readonly name = 'ObservationError';
  readonly object: string;

  constructor(
    object: string,
    story: { readonly happened: string; readonly nextStep: string; readonly cause?: unknown },
  ) {
    super(
      `Could not observe ${object}: ${story.happened}. Next step: ${story.nextStep}.`,
      story.cause === undefined ? undefined : { cause: story.cause },
    );
    this.object = object;
  }
}

/** What an error says in one line, for notes on what could not be asked. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
