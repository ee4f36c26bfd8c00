import { Command } from 'commander';
import { z } from 'zod';
import type { Answer, PersonMessage } from '../../workflows/messages.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { globalOptionsOf } from '../options.ts';
import { print } from '../print.ts';
import type { RotationAccess } from '../session.ts';
import { withPerson } from '../session.ts';

/** Makes one command; `done` takes its exit code. */
export type CommandFactory = (context: CommandContext, done: (code: ExitCode) => void) => Command;

/** A command with its examples below the help. */
export function describeCommand(name: string, description: string, examples: string[]): Command {
  const text = examples.map((example) => `  ${example}`).join('\n');
  return new Command(name).description(description).addHelpText('after', `\nExamples:\n${text}`);
}

/** Sends what one person says to the rotation and prints what comes back. */
export async function sendAndPrint(
  context: CommandContext,
  command: Command,
  send: (access: RotationAccess, by: string) => Promise<Answer>,
): Promise<ExitCode> {
  const options = globalOptionsOf(command);
  return withPerson(context, options, async (access, by) => {
    const answer = await send(access, by);
    print(context, options, { json: answer, text: () => [answer.text] });
    return ExitCode.ok;
  });
}

/** The message of a command that takes `--reason` and nothing else. */
export function messageOf(command: Command, by: string): PersonMessage {
  const { reason } = z.object({ reason: z.string().optional() }).parse(command.opts());
  return { by, ...(reason === undefined ? {} : { reason }) };
}
