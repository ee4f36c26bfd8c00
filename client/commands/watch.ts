import type { Command } from 'commander';
import { globalOptionsOf } from '../options.ts';
import { withRotation } from '../session.ts';
import { watchRotation } from '../watch-rotation.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand } from './command.ts';

export const watchCommand: CommandFactory = (context, done) =>
  describeCommand('watch', 'show the rotation live until it ends; Ctrl-C leaves it running', [
    'linkerd-trust watch',
    'linkerd-trust watch --output json',
  ]).action(async (_: unknown, self: Command) => {
    const options = globalOptionsOf(self);
    done(await withRotation(context, options, (access) => watchRotation(context, options, access)));
  });
