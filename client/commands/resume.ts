import type { Command } from 'commander';
import { resumeRotation } from '../rotation-messages.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand, messageOf, sendAndPrint } from './command.ts';

export const resumeCommand: CommandFactory = (context, done) =>
  describeCommand('resume', 'go on after a pause, or try again what is blocked', [
    'linkerd-trust resume',
  ])
    .option('--reason <text>', 'shown in the status')
    .action(async (_: unknown, self: Command) => {
      done(
        await sendAndPrint(context, self, ({ client, cluster }, by) =>
          resumeRotation(client, cluster.id, messageOf(self, by)),
        ),
      );
    });
