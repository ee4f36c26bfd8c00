#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { ExitCode } from './exit-codes.ts';
import { extensionMetadata, isMetadataCall } from './extension-metadata.ts';

/** Before anything is loaded, so that Ctrl-C is answered from the first moment on. */
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

if (isMetadataCall(process.argv.slice(2))) {
  process.stdout.write(`${extensionMetadata}\n`);
  process.exit(ExitCode.ok);
}

// The clients for Kubernetes and Temporal are large; what was compiled once is kept for the next time.
enableCompileCache();
const { createProcessContext } = await import('./process-context.ts');
const { runCommandLine } = await import('./run.ts');

const context = createProcessContext(interruption.signal);
process.exitCode = await runCommandLine(process.argv.slice(2), context);
