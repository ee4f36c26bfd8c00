import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/**
 * Runs a program to its end and returns what it wrote to stdout.
 *
 * @throws {Error} with the program's own last words, when it cannot be started, fails or takes too long
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<string> {
  try {
    const { stdout } = await execFileAsync(program, args, { timeout: timeoutMs });
    return stdout;
  } catch (error) {
    const command = [program, ...args.slice(0, 3)].join(' ');
    throw new Error(`${command}: ${whyItFailed(error, timeoutMs)}`, { cause: error });
  }
}

function whyItFailed(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return 'no such program';
  if ('killed' in error && error.killed === true) return `took longer than ${timeoutMs / 1000} s`;
  return lastWords(error) ?? error.message;
}

/** The line that says most: the last one marked as an error, else the last one. */
function lastWords(error: Error): string | undefined {
  const output = ['stderr', 'stdout']
    .map((key) => String(Reflect.get(error, key) ?? ''))
    .join('\n');
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1);
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
