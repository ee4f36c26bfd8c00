import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { ClusterError, KubernetesError } from '../mesh/kubernetes/errors.ts';
import { ObservationError } from '../mesh/observation/errors.ts';
import { CommandError } from './command-error.ts';
import type { CommandContext } from './context.ts';
import { ExitCode } from './exit-codes.ts';
import { booleanFlags, plainFlags } from './go-flags.ts';
import { createProgram } from './program.ts';

/** Runs one command line to its end; nothing is thrown, whatever happens. */
export async function runCommandLine(
  args: readonly string[],
  context: CommandContext,
): Promise<ExitCode> {
  let code: ExitCode = ExitCode.ok;
  const program = createProgram(context, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(plainFlags(args, booleanFlags(program)), { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return commanderCode(error);
    const { verbose, output } = program.opts();
    if (verbose === true || (context.env['LINKERD_TRUST_DEBUG'] ?? '') !== '') {
      context.stderr.write(`${inspect(error)}\n`);
    }
    return report(error, context, output === 'json');
  }
}

/** commander has printed its message; help that was asked for is no error. */
function commanderCode({ code, exitCode }: CommanderError): ExitCode {
  const isHelp = code === 'commander.helpDisplayed' || code === 'commander.version';
  return isHelp || (exitCode === 0 && code !== 'commander.help') ? ExitCode.ok : ExitCode.usage;
}

function report(error: unknown, { stderr }: CommandContext, asJson: boolean): ExitCode {
  const exitCode = codeOf(error);
  const message = exitCode === ExitCode.unexpected ? unexpected(error) : messageOf(error);
  const text = asJson
    ? JSON.stringify({ error: { exitCode, message } })
    : message.replace(/\s*Next step: /, '\nNext step: ');
  stderr.write(`${text}\n`);
  return exitCode;
}

function codeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  const isAboutCluster =
    error instanceof KubernetesError ||
    error instanceof ClusterError ||
    error instanceof ObservationError;
  // Errors of mesh/ that name a next step are written for people, of whatever class they are.
  const isForPeople = error instanceof Error && error.message.includes('Next step: ');
  return isAboutCluster || isForPeople ? ExitCode.cluster : ExitCode.unexpected;
}

function unexpected(error: unknown): string {
  return `Unexpected error: ${messageOf(error)}. Next step: run it again with LINKERD_TRUST_DEBUG=1 and report what it prints.`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
