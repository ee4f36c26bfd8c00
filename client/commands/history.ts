import type { Command } from 'commander';
import { z } from 'zod';
import { ExitCode } from '../exit-codes.ts';
import { counted, formatDuration, formatTime, wrap } from '../format.ts';
import { globalOptionsOf, sameCommand } from '../options.ts';
import type { PastRotation } from '../past-rotations.ts';
import { readPastRotations } from '../past-rotations.ts';
import { columnsOf, print } from '../print.ts';
import { parseCount } from '../rotation-options.ts';
import { withRotation } from '../session.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand } from './command.ts';

const historyOptions = z.object({ limit: z.number() });
const defaultLimit = 10;

export const historyCommand: CommandFactory = (context, done) =>
  describeCommand('history', 'show how past rotations have ended and how long they took', [
    'linkerd-trust history',
    'linkerd-trust history --limit 3 --output json',
  ])
    .option('--limit <count>', 'the latest so many', parseCount, defaultLimit)
    .action(async (_: unknown, self: Command) => {
      const options = globalOptionsOf(self);
      const { limit } = historyOptions.parse(self.opts());
      const code = await withRotation(context, options, async ({ client, cluster }) => {
        const rotations = await readPastRotations(client, cluster.id, limit);
        print(context, options, {
          json: { cluster: cluster.name, rotations },
          text: () => [
            ...(rotations.length === 0
              ? [`No rotation of ${cluster.name} has ended.`]
              : [`Past rotations of ${cluster.name}, the latest first`]),
            ...rotations.flatMap((one) => rotationLines(one, columnsOf(context))),
            '',
            `Next step: ${sameCommand(options)} status shows the one that runs, or the last one whole.`,
          ],
        });
        return ExitCode.ok;
      });
      done(code);
    });

function rotationLines(past: PastRotation, columns: number): string[] {
  const { endedAt, outcome, tookMs, rotationId, reason, requestedBy, method, restarts } = past;
  const facts = [
    outcome,
    `took ${formatDuration(tookMs)}`,
    ...(method === undefined ? [] : [`method ${method}`]),
    ...(restarts === undefined ? [] : [counted(restarts, 'workload restart')]),
    ...(requestedBy === undefined ? [] : [`by ${requestedBy}`]),
  ];
  const phases = past.phases.map(({ phase, tookMs: ms }) => `${phase} ${formatDuration(ms)}`);
  return [
    '',
    ...wrap(`  ${formatTime(endedAt)}  ${rotationId ?? past.runId}`, columns, 4),
    ...wrap(`    ${facts.join(', ')}`, columns, 4),
    ...(reason === undefined ? [] : wrap(`    ${reason}`, columns, 4)),
    ...(phases.length === 0 ? [] : wrap(`    ${phases.join(' · ')}`, columns, 4)),
  ];
}
