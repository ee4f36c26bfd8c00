import type { Command } from 'commander';
import { z } from 'zod';
import { exceptFromGates } from '../rotation-messages.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand, sendAndPrint } from './command.ts';

export const exceptCommand: CommandFactory = (context, done) =>
  describeCommand('except', 'leave a named laggard out of every gate from now on', [
    "linkerd-trust except 'pod shop/legacy-0' --reason 'is switched off tonight'",
  ])
    .argument('<name>', 'the laggard, as status and watch name it')
    .requiredOption('--reason <text>', 'why this is safe; kept in the report')
    .action(async (name: string, _: unknown, self: Command) => {
      const { reason } = z.object({ reason: z.string() }).parse(self.opts());
      done(
        await sendAndPrint(context, self, ({ client, cluster }, by) =>
          exceptFromGates(client, cluster.id, { name, by, reason }),
        ),
      );
    });
