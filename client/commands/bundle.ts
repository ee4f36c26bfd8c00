import type { Command } from 'commander';
import { z } from 'zod';
import type { MeshObjects } from '../../domain/objects.ts';
import { writesBundle } from '../../domain/objects.ts';
import type { InitialBundle } from '../../mesh/initial-bundle.ts';
import type { Kube } from '../../mesh/kubernetes/kube.ts';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { looking } from '../looking.ts';
import { manifestOf } from '../manifest.ts';
import { addObjectOptions, objectsOf } from '../object-options.ts';
import { globalOptionsOf } from '../options.ts';
import { print } from '../print.ts';
import { parseDuration } from '../rotation-options.ts';
import { withCluster } from '../session.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand } from './command.ts';

const bundleOptions = z.object({ wait: z.number().optional(), apply: z.boolean().default(false) });

interface BundleRun {
  readonly context: CommandContext;
  readonly self: Command;
}

export const bundleCommand: CommandFactory = (context, done) => {
  const command = describeCommand(
    'bundle',
    'render the first trust bundle from what cert-manager has issued, before Linkerd is there',
    [
      'linkerd-trust bundle | kubectl apply -f -',
      'linkerd-trust bundle --wait 2m',
      'linkerd-trust bundle --bundle-ownership direct --apply',
    ],
  );
  return addObjectOptions(command)
    .option(
      '--wait <duration>',
      'wait so long for anchor and identity issuer to be issued, e.g. 2m',
      parseDuration,
    )
    .option(
      '--apply',
      'write it, or take the one that is there over from whoever wrote it; with --bundle-ownership direct',
    )
    .action(async (_: unknown, self: Command) => {
      const { apply } = bundleOptions.parse(self.opts());
      done(await (apply ? install({ context, self }) : render({ context, self })));
    });
};

function render({ context, self }: BundleRun): Promise<ExitCode> {
  const options = globalOptionsOf(self);
  const objects = objectsOf(self);
  return withCluster(context, options, async ({ kube, name }) => {
    const bundle = await looking(context, `make the bundle of ${name}`, (onProgress) =>
      make({ context, self }, kube, onProgress),
    );
    const configMap = configMapOf(bundle, objects);
    tellNotes(context, bundle);
    print(context, options, { json: configMap, text: () => manifestOf([configMap]) });
    return ExitCode.ok;
  });
}

async function make(
  { context, self }: BundleRun,
  kube: Kube,
  onProgress: (text: string) => void,
): Promise<InitialBundle> {
  const mesh = await import('../../mesh/initial-bundle.ts');
  const objects = objectsOf(self);
  const { wait } = bundleOptions.parse(self.opts());
  if (wait !== undefined) {
    const { interrupted: signal } = context;
    await mesh.awaitCertificates(kube, objects, {
      deadlineMs: Date.now() + wait,
      signal,
      onProgress,
    });
  }
  return mesh.makeInitialBundle(kube, objects, (await kube.serverTime()).serverMs);
}

/** Makes the bundle the rotations' own; the anchors of one that is there stay what they are. */
async function install(run: BundleRun): Promise<ExitCode> {
  const { context, self } = run;
  const options = globalOptionsOf(self);
  const objects = objectsOf(self);
  if (!writesBundle(objects)) {
    throw new CommandError(ExitCode.usage, {
      tried: 'write the bundle',
      happened: 'trust-manager writes it, and would write over it',
      nextStep:
        'leave --apply out, or say --bundle-ownership direct in a mesh without trust-manager',
    });
  }
  return withCluster(context, options, async ({ kube, name }) => {
    const done = await looking(
      context,
      `write the bundle of ${name}`,
      async (onProgress) => {
        const { takeOverBundle, writeDirect } = await import('../../mesh/direct-bundle.ts');
        const taken = await takeOverBundle(kube, objects);
        if (taken !== 'missing') return taken;
        const bundle = await make(run, kube, onProgress);
        tellNotes(context, bundle);
        await writeDirect(kube, objects, [bundle.pem]);
        return 'made';
      },
      'what had been written stays',
    );
    const configMap = `ConfigMap ${objects.linkerdNamespace}/${objects.bundle}`;
    const line = `${configMap}: ${outcomes[done]}`;
    print(context, options, { json: { done: [line] }, text: () => [line] });
    return ExitCode.ok;
  });
}

const outcomes = {
  made: "made from cert-manager's anchor",
  ours: 'rotations write it already',
  'taken-over': 'taken over with the anchors that it holds; rotations write it from now on',
} as const;

/** The ConfigMap that Linkerd's chart leaves to others with `identity.externalCA: true`. */
function configMapOf({ pem }: InitialBundle, objects: MeshObjects): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: objects.bundle, namespace: objects.linkerdNamespace },
    data: { [objects.bundleKey]: pem },
  };
}

function tellNotes({ stderr }: CommandContext, { notes }: InitialBundle): void {
  for (const note of notes) stderr.write(`Note: ${note}.\n`);
}
