import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Inspection } from '../../domain/inspection.ts';
import { inspectTrust } from '../../domain/inspection.ts';
import { createCanvas } from '../canvas.ts';
import type { ClusterAccess } from '../cluster.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { fit } from '../format.ts';
import { renderInspection } from '../inspect-text.ts';
import { looking } from '../looking.ts';
import type { MeshSettings } from '../mesh-settings.ts';
import { meshSettingsOf, readResource } from '../mesh-settings.ts';
import { addObjectOptions } from '../object-options.ts';
import { globalOptionsOf } from '../options.ts';
import { columnsOf, print } from '../print.ts';
import { reachOption, surveyOptionsOf, timingOption } from '../rotation-options.ts';
import type { RotationSight } from '../rotation-sight.ts';
import { sightRotation } from '../rotation-sight.ts';
import { withCluster } from '../session.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand } from './command.ts';

const inspectOptions = z.object({
  namespace: z.string().optional(),
  watch: z.boolean().default(false),
});

/** A whole look at the fleet each time; what it costs grows with the mesh, so it is not hurried. */
const lookIntervalMs = 2_000;
const shownLaggards = 20;

export const inspectCommand: CommandFactory = (context, done) => {
  const command = describeCommand(
    'inspect',
    'show the chain of trust, where a rotation stands, and every proxy that is behind',
    ['linkerd-trust inspect', 'linkerd-trust inspect -n shop --watch'],
  );
  return addObjectOptions(command)
    .option('-n, --namespace <name>', 'look at the proxies of this namespace only')
    .option('--watch', 'go on looking until Ctrl-C')
    .addOption(reachOption())
    .addOption(timingOption())
    .action(async (_: unknown, self: Command) => {
      const code = await withCluster(context, globalOptionsOf(self), async (cluster) => {
        const mesh = meshSettingsOf(self, await readResource(cluster.kube));
        const run = { context, self, cluster, mesh };
        return inspectOptions.parse(self.opts()).watch ? watch(run) : once(run);
      });
      done(code);
    });
};

interface InspectRun {
  readonly context: CommandContext;
  readonly self: Command;
  readonly cluster: ClusterAccess;
  readonly mesh: MeshSettings;
}

interface Look {
  readonly inspection: Inspection;
  readonly rotation: RotationSight;
}

async function once(run: InspectRun): Promise<ExitCode> {
  const { context, self, cluster } = run;
  const look = await looking(context, `inspect ${cluster.name}`, (tell) => createLook(run)(tell));
  print(context, globalOptionsOf(self), {
    json: documentOf(run, look),
    text: () => linesOf(run, look),
  });
  return ExitCode.ok;
}

/** A terminal is redrawn in place; a pipe and a machine get what has changed. */
async function watch(run: InspectRun): Promise<ExitCode> {
  const { context, self } = run;
  const { interrupted } = context;
  const lookOnce = createLook(run);
  const show = createView(run, globalOptionsOf(self).output === 'json');
  try {
    for (;;) {
      show(await lookOnce());
      await delay(lookIntervalMs, undefined, { signal: interrupted });
    }
  } catch (error) {
    if (!interrupted.aborted) throw error;
    return ExitCode.interrupted;
  }
}

function createLook({
  context,
  self,
  cluster,
  mesh,
}: InspectRun): (tell?: (text: string) => void) => Promise<Look> {
  const options = globalOptionsOf(self);
  const { namespace } = inspectOptions.parse(self.opts());
  const { timings, reach } = surveyOptionsOf(self, context.env);
  const inspect = context.connectors.inspectorFor(cluster.kube, reach);
  const question = { objects: mesh.objects, timings, signal: context.interrupted };
  return async (onProgress) => {
    const [facts, rotation] = await Promise.all([
      inspect({ ...question, onProgress }),
      sightRotation(context, options, cluster),
    ]);
    return { inspection: inspectTrust(facts, { namespace }), rotation };
  };
}

function createView(run: InspectRun, asJson: boolean): (look: Look) => void {
  const { context } = run;
  const { stdout } = context;
  if (stdout.isTTY && !asJson) {
    const draw = createCanvas(stdout);
    // A line for the cursor: what does not fit would be drawn again further down at each look.
    return (look) =>
      draw(
        linesOf(run, look)
          .slice(0, Math.max((stdout.rows ?? 40) - 1, 5))
          .map((line) => fit(line, columnsOf(context))),
      );
  }
  let last = '';
  return (look) => {
    const { takenAt: _, ...seen } = documentOf(run, look);
    const text = JSON.stringify(seen);
    if (text === last) return;
    last = text;
    stdout.write(
      asJson
        ? `${JSON.stringify(documentOf(run, look))}\n`
        : `${linesOf(run, look).join('\n')}\n\n`,
    );
  };
}

function documentOf(
  { cluster }: InspectRun,
  { inspection, rotation }: Look,
): Inspection & { readonly cluster: string; readonly rotation: RotationSight } {
  return { cluster: cluster.name, rotation, ...inspection };
}

function linesOf({ context, cluster, mesh }: InspectRun, { inspection, rotation }: Look): string[] {
  return renderInspection(inspection, {
    clusterName: cluster.name,
    rotation,
    origin: mesh.origin,
    columns: columnsOf(context),
    nowMs: context.now(),
    shown: shownLaggards,
  });
}
