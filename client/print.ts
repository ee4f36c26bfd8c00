import type { CommandContext } from './context.ts';
import type { GlobalOptions } from './options.ts';

/** Width for text that goes to a file or a pipe. */
const defaultColumns = 100;

export function columnsOf({ stdout }: CommandContext): number {
  return stdout.columns ?? defaultColumns;
}

/** Prints the one answer of a command: a JSON document for machines, or lines for people. */
export function print(
  context: CommandContext,
  { output }: GlobalOptions,
  answer: { readonly json: unknown; readonly text: () => readonly string[] },
): void {
  const text =
    output === 'json' ? JSON.stringify(answer.json, undefined, 2) : answer.text().join('\n');
  context.stdout.write(`${text}\n`);
}
