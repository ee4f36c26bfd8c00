import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import type { LiveProgress } from '../live-progress.ts';
import { liveProgress } from '../live-progress.ts';
import { readResource } from '../mesh-settings.ts';
import type { GlobalOptions } from '../options.ts';
import { globalOptionsOf, sameCommand } from '../options.ts';
import { columnsOf, print } from '../print.ts';
import { renderEnd } from '../report-text.ts';
import type { RotationReading } from '../rotation-reading.ts';
import { readStatus } from '../rotation-reading.ts';
import { withCluster, withRotation } from '../session.ts';
import { isTemporalNamed } from '../temporal-settings.ts';
import { toldRotation } from '../told-rotation.ts';
import { renderTold } from '../told-text.ts';
import { renderWatch } from '../watch-view.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand } from './command.ts';

export const statusCommand: CommandFactory = (context, done) =>
  describeCommand(
    'status',
    'show where the rotation stands and what it waits for, or how the last one ended',
    ['linkerd-trust status', 'linkerd-trust status --output json | jq .status.state.phase'],
  ).action(async (_: unknown, self: Command) => {
    const options = globalOptionsOf(self);
    if (!isTemporalNamed(options, context.env) && (await printTold(context, options))) {
      done(ExitCode.ok);
      return;
    }
    const code = await withRotation(context, options, async ({ client, cluster, pageOf }) => {
      const reading = await readStatus(client, cluster.id);
      const live = await liveProgress(client, cluster.id);
      const page = pageOf(reading.workflowId);
      print(context, options, {
        json: reading.kind === 'running' ? { ...reading, live } : reading,
        text: () => [
          ...statusLines(context, options, { reading, live, clusterName: cluster.name }),
          ...(page === undefined || reading.kind === 'none' ? [] : ['', `Web UI: ${page}`]),
        ],
      });
      return ExitCode.ok;
    });
    done(code);
  });

/** What the resource tells; `false` where it has nothing to tell, so that Temporal has to be asked. */
async function printTold(context: CommandContext, options: GlobalOptions): Promise<boolean> {
  return withCluster(context, options, async ({ kube, name: clusterName }) => {
    const told = toldRotation(await readResource(kube));
    if (told === undefined) return false;
    const frame = { clusterName, columns: columnsOf(context), nowMs: context.now() };
    print(context, options, { json: told, text: () => renderTold(told, frame) });
    return true;
  });
}

function statusLines(
  context: CommandContext,
  options: GlobalOptions,
  found: {
    readonly reading: RotationReading;
    readonly live: LiveProgress;
    readonly clusterName: string;
  },
): string[] {
  const { reading, live } = found;
  const columns = columnsOf(context);
  const command = sameCommand(options);
  switch (reading.kind) {
    case 'none':
      return [
        `No rotation has run in ${found.clusterName}.`,
        `Next step: ${command} plan shows what one would do.`,
      ];
    case 'running': {
      // Not a live view: everything is shown, whatever the height of the terminal.
      const frame = { columns, rows: Infinity, command };
      return renderWatch(reading.status, live, frame, context.now());
    }
    case 'ended':
    case 'stopped':
      return ['No rotation is running. The last one:', '', ...renderEnd(reading, columns)];
  }
}
