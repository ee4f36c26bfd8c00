import { CommandError } from './command-error.ts';
import type { CommandContext } from './context.ts';
import { ExitCode } from './exit-codes.ts';
import { fit } from './format.ts';

const clearLine = '\r\u001B[K';

/**
 * Runs what only looks at a cluster and may take its time: a terminal is told what it is doing.
 *
 * @param tried completes "Could not …"
 * @throws CommandError (interrupted) after Ctrl-C; whatever `look` throws
 */
export async function looking<Result>(
  { stderr, interrupted }: CommandContext,
  tried: string,
  look: (tell: (text: string) => void) => Promise<Result>,
): Promise<Result> {
  const tell = (text: string): void => {
    if (stderr.isTTY) stderr.write(`${clearLine}${fit(text, (stderr.columns ?? 80) - 1)}`);
  };
  tell(tried);
  try {
    return await look(tell);
  } catch (error) {
    if (!interrupted.aborted) throw error;
    throw new CommandError(ExitCode.interrupted, {
      tried,
      happened: 'it was interrupted; nothing was changed',
      nextStep: 'run the same command again',
      cause: error,
    });
  } finally {
    if (stderr.isTTY) stderr.write(clearLine);
  }
}
