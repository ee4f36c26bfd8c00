import { Command } from 'commander';
import { abortCommand } from './commands/abort.ts';
import { approveCommand } from './commands/approve.ts';
import { bootstrapCommand } from './commands/bootstrap.ts';
import { bridgeRequestCommand } from './commands/bridge-request.ts';
import { bundleCommand } from './commands/bundle.ts';
import { checkCommand } from './commands/check.ts';
import { exceptCommand } from './commands/except.ts';
import { historyCommand } from './commands/history.ts';
import { importBridgeCommand } from './commands/import-bridge.ts';
import { inspectCommand } from './commands/inspect.ts';
import { pauseCommand } from './commands/pause.ts';
import { planCommand } from './commands/plan.ts';
import { renewIssuerCommand } from './commands/renew-issuer.ts';
import { resumeCommand } from './commands/resume.ts';
import { rotateCommand } from './commands/rotate.ts';
import { statusCommand } from './commands/status.ts';
import { watchCommand } from './commands/watch.ts';
import type { CommandContext } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import { exitCodeHelp } from './exit-codes.ts';
import { addExtensionOptions, addGlobalOptions } from './options.ts';
import { readVersion } from '../mesh/version.ts';

/** In the order in which a person meets them. */
const factories = [
  bootstrapCommand,
  bundleCommand,
  checkCommand,
  inspectCommand,
  planCommand,
  rotateCommand,
  statusCommand,
  watchCommand,
  approveCommand,
  bridgeRequestCommand,
  importBridgeCommand,
  pauseCommand,
  resumeCommand,
  exceptCommand,
  abortCommand,
  historyCommand,
  renewIssuerCommand,
];

/** The whole command line; `done` takes the exit code of the command that ran. */
export function createProgram(context: CommandContext, done: (code: ExitCode) => void): Command {
  const { stdout, stderr } = context;
  const program = new Command('linkerd-trust')
    .description('Rotates the trust anchor of a Linkerd mesh without a failed handshake.')
    .version(readVersion())
    .addHelpText(
      'after',
      `\nExamples:\n  linkerd-trust plan\n  linkerd-trust rotate --watch\n\n${exitCodeHelp()}`,
    )
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
    })
    .showHelpAfterError('Run it with --help to see what it takes.')
    // commander would end the process itself; the exit code is ours to choose.
    .exitOverride();
  addExtensionOptions(addGlobalOptions(program));
  for (const factory of factories) {
    const command = factory(context, done).copyInheritedSettings(program);
    program.addCommand(command);
  }
  return program;
}
