import type { Command } from 'commander';
import { pauseRotation } from '../rotation-messages.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand, messageOf, sendAndPrint } from './command.ts';

export const pauseCommand: CommandFactory = (context, done) =>
  describeCommand('pause', 'stop the rotation before its next step until it is resumed', [
    "linkerd-trust pause --reason 'deploy freeze until Monday'",
  ])
    .option('--reason <text>', 'shown in the status')
    .action(async (_: unknown, self: Command) => {
      done(
        await sendAndPrint(context, self, ({ client, cluster }, by) =>
          pauseRotation(client, cluster.id, messageOf(self, by)),
        ),
      );
    });
