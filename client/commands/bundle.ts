import type { Command } from 'commander';
import { z } from 'zod';
import type { MeshObjects } from '../../domain/objects.ts';
import type { InitialBundle } from '../../mesh/initial-bundle.ts';
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

const bundleOptions = z.object({ wait: z.number().optional() });

export const bundleCommand: CommandFactory = (context, done) => {
  const command = describeCommand(
    'bundle',
    'render the first trust bundle from what cert-manager has issued, before Linkerd is there',
    ['linkerd-trust bundle | kubectl apply -f -', 'linkerd-trust bundle --wait 2m'],
  );
  return addObjectOptions(command)
    .option(
      '--wait <duration>',
      'wait so long for anchor and identity issuer to be issued, e.g. 2m',
      parseDuration,
    )
    .action(async (_: unknown, self: Command) => {
      const options = globalOptionsOf(self);
      const objects = objectsOf(self);
      const { wait } = bundleOptions.parse(self.opts());
      const code = await withCluster(context, options, async ({ kube, name }) => {
        const bundle = await looking(context, `make the bundle of ${name}`, async (onProgress) => {
          const mesh = await import('../../mesh/initial-bundle.ts');
          if (wait !== undefined) {
            const { interrupted: signal } = context;
            const deadlineMs = Date.now() + wait;
            await mesh.awaitCertificates(kube, objects, { deadlineMs, signal, onProgress });
          }
          return mesh.makeInitialBundle(kube, objects, (await kube.serverTime()).serverMs);
        });
        const configMap = configMapOf(bundle, objects);
        tellNotes(context, bundle);
        print(context, options, { json: configMap, text: () => manifestOf([configMap]) });
        return ExitCode.ok;
      });
      done(code);
    });
};

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
