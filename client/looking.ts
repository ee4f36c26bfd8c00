import { CommandError } from './command-error.ts';
import type { CommandContext } from './context.ts';
import { ExitCode } from './exit-codes.ts';
import { fit } from './format.ts';

const clearLine = '\r\u001B[K';

/**
 * Runs what may take its time: a terminal is told what it is doing.
 *
 * @param tried completes "Could not …"
 * @param left what Ctrl-C leaves behind; unless it is told, `look` only looks
 * @throws CommandError (interrupted) after Ctrl-C; whatever `look` throws
 */
export async function looking<Result>(
  { stderr, interrupted }: Pick<CommandContext, 'stderr' | 'interrupted'>,
  tried: string,
  look: (tell: (text: string) => void) => Promise<Result>,
  left = 'nothing was changed',
): Promise<Result> {
  const tell = (text: string): void => {
    if (stderr.isTTY) stderr.write(`${clearLine}${fit(text, (stderr.columns ?? 80) - 1)}`);
  };
  tell(tried);
  try {
    return await look(tell);
  } catch (error) {
    if (!interrupted.aborted || error instanceof CommandError) throw error;
    throw new CommandError(ExitCode.interrupted, {
      tried,
      happened: `it was interrupted; ${left}`,
      nextStep: 'run the same command again',
      cause: error,
    });
  } finally {
    if (stderr.isTTY) stderr.write(clearLine);
  }
}
