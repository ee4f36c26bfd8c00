import { DefaultLogger, Runtime } from '@temporalio/worker';

/** For everything in a test that would tell what it does; its own failures tell enough. */
export const quietLogger = new DefaultLogger('ERROR');

/** Workers of this process say errors only. A process has one runtime, and other tests may have made it. */
export function quietRuntime(): void {
  if (Runtime._instance !== undefined) return;
  const telemetryOptions = { logging: { filter: { core: 'ERROR', other: 'ERROR' } } } as const;
  Runtime.install({ logger: quietLogger, telemetryOptions });
}
