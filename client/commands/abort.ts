import type { Command } from 'commander';
import { abortRotation } from '../rotation-messages.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand, messageOf, sendAndPrint } from './command.ts';

export const abortCommand: CommandFactory = (context, done) =>
  describeCommand(
    'abort',
    'leave the rotation safely: undo, hold or swing back, as its phase allows',
    ["linkerd-trust abort --reason 'incident 4711'"],
  )
    .option('--reason <text>', 'kept in the report')
    .action(async (_: unknown, self: Command) => {
      done(
        await sendAndPrint(context, self, ({ client, cluster }, by) =>
          abortRotation(client, cluster.id, messageOf(self, by)),
        ),
      );
    });
