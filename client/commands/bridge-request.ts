import type { Command } from 'commander';
import { ExitCode } from '../exit-codes.ts';
import { meshSettingsOf, readResource } from '../mesh-settings.ts';
import { addObjectOptions } from '../object-options.ts';
import { globalOptionsOf } from '../options.ts';
import { print } from '../print.ts';
import { withCluster } from '../session.ts';
import type { CommandFactory } from './command.ts';
import { describeCommand } from './command.ts';

export const bridgeRequestCommand: CommandFactory = (context, done) => {
  const command = describeCommand(
    'bridge-request',
    'print what the owner of the anchor in use is asked to sign, where its key is elsewhere',
    ['linkerd-trust bridge-request > bridge.csr'],
  );
  return addObjectOptions(command).action(async (_: unknown, self: Command) => {
    const options = globalOptionsOf(self);
    const code = await withCluster(context, options, async ({ kube }) => {
      const handIn = await import('../bridge-hand-in.ts');
      const { objects } = meshSettingsOf(self, await readResource(kube));
      const asked = await handIn.requireBridgeRequest(kube, objects);
      const { csrPem, signer, neededUntil, isAnswered } = asked;
      context.stderr.write(
        `To be signed as a CA by ${signer.subject} (key ${signer.subjectKeyId}), until after ${neededUntil}.\n`,
      );
      print(context, options, {
        json: { request: csrPem, signer, neededUntil, isAnswered },
        text: () => csrPem.trimEnd().split('\n'),
      });
      return ExitCode.ok;
    });
    done(code);
  });
};
