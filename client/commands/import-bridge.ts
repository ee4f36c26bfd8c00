import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { CommandError } from '../command-error.ts';
import { ExitCode } from '../exit-codes.ts';
import { meshSettingsOf, readResource } from '../mesh-settings.ts';
import { addObjectOptions } from '../object-options.ts';
import { globalOptionsOf } from '../options.ts';
import { print } from '../print.ts';
import { withCluster } from '../session.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand } from './command.ts';

export const importBridgeCommand: CommandFactory = (context, done) => {
  const command = describeCommand(
    'import-bridge',
    'hand in what the owner of the anchor in use has signed; refused unless it is a fit bridge',
    ['linkerd-trust import-bridge --cert bridge.crt'],
  );
  return addObjectOptions(command)
    .requiredOption('--cert <file>', 'the signed certificate, PEM')
    .action(async (_: unknown, self: Command) => {
      const options = globalOptionsOf(self);
      const { cert } = z.object({ cert: z.string() }).parse(self.opts());
      const text = await readText(cert);
      const code = await withCluster(context, options, async ({ kube }) => {
        const { handInBridge } = await import('../bridge-hand-in.ts');
        const { objects } = meshSettingsOf(self, await readResource(kube));
        await handInBridge(kube, objects, { file: cert, text });
        const answer = { text: 'handed in; the rotation that waits for it takes it over' };
        print(context, options, { json: answer, text: () => [answer.text] });
        return ExitCode.ok;
      });
      done(code);
    });
};

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(ExitCode.usage, {
      tried: `read the certificate in ${file}`,
      happened: error instanceof Error ? error.message : String(error),
      nextStep: 'give the file that the owner of the anchor in use has signed, as PEM',
      cause: error,
    });
  }
}
