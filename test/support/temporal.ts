import { randomUUID } from 'node:crypto';
import type { TemporalServer } from '../../deploy/local/temporal-server.ts';
import { startTemporalServer } from '../../deploy/local/temporal-server.ts';

let server: Promise<TemporalServer> | undefined;

/**
 * The one Temporal dev server of a test run: started for the first test that asks, stopped after the
 * last test of all. Tests share it, so each works on a task queue of its own.
 */
export function temporalServer(): Promise<TemporalServer> {
  server ??= startTemporalServer({ headless: true });
  return server;
}

/** A task queue that no other test listens on; `purpose` makes it readable in the server's lists. */
export function uniqueTaskQueue(purpose = 'test'): string {
  return `${purpose}-${randomUUID()}`;
}

/** Called by mocha after the last test (`.mocharc.json` requires this file). */
export async function mochaGlobalTeardown(): Promise<void> {
  const started = server;
  server = undefined;
  if (started === undefined) return;
  // A server that never came up has failed the tests that wanted it; there is nothing to stop.
  const running = await started.catch(() => undefined);
  await running?.stop();
}
