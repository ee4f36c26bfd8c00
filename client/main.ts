#!/usr/bin/env node
import { ExitCode } from './exit-codes.ts';
import { createProcessContext } from './process-context.ts';
import { runCommandLine } from './run.ts';

const interruption = new AbortController();
process.on('SIGINT', () => {
  // The second Ctrl-C does not wait for anything.
  if (interruption.signal.aborted) process.exit(ExitCode.interrupted);
  interruption.abort(new Error('interrupted'));
});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of a pipe has gone (`linkerd-trust watch | head`).
  if (error.code === 'EPIPE') process.exit(ExitCode.ok);
  throw error;
});

const context = createProcessContext(interruption.signal);
process.exitCode = await runCommandLine(process.argv.slice(2), context);
