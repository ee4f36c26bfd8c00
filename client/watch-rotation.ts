import { setTimeout as delay } from 'node:timers/promises';
import type { EndCondition } from '../domain/rotation-state.ts';
import { CommandError } from './command-error.ts';
import type { CommandContext } from './context.ts';
import { ExitCode } from './exit-codes.ts';
import type { LiveProgress } from './live-progress.ts';
import { liveProgress } from './live-progress.ts';
import type { GlobalOptions } from './options.ts';
import { sameCommand } from './options.ts';
import type { RotationReading } from './rotation-reading.ts';
import { readStatus } from './rotation-reading.ts';
import type { RotationAccess } from './session.ts';
import type { EndedReading } from './watch-screens.ts';
import { createScreen } from './watch-screens.ts';

/** A heartbeat arrives about every two seconds; looking more often shows nothing new. */
const lookIntervalMs = 1_000;

/**
 * Shows a rotation until it ends or a person leaves. Once it has been seen (`wasStarted`: or started a
 * moment ago), a server or a worker that does not answer is waited for: the rotation survives both.
 *
 * @throws CommandError when it cannot be read at the first look
 */
export async function watchRotation(
  context: CommandContext,
  options: GlobalOptions,
  access: RotationAccess,
  { wasStarted = false }: { readonly wasStarted?: boolean } = {},
): Promise<ExitCode> {
  const screen = createScreen(context, options);
  let seen = wasStarted;
  for (;;) {
    const look = await unlessInterrupted(context.interrupted, lookAt(access, seen));
    if (look === 'interrupted') return leave(context, options);
    if (look instanceof CommandError) screen.trouble(look.message);
    else if (look.reading.kind === 'running') screen.show(look.reading, look.live);
    else return finish(look.reading, screen.end.bind(screen), access);
    seen = true;
    const pause = delay(lookIntervalMs, undefined, { signal: context.interrupted });
    if ((await unlessInterrupted(context.interrupted, pause)) === 'interrupted') {
      return leave(context, options);
    }
  }
}

async function lookAt(
  { client, cluster }: RotationAccess,
  mayFail: boolean,
): Promise<{ reading: RotationReading; live: LiveProgress } | CommandError> {
  try {
    const [reading, live] = await Promise.all([
      readStatus(client, cluster.id),
      liveProgress(client, cluster.id),
    ]);
    return { reading, live };
  } catch (error) {
    if (mayFail && error instanceof CommandError) return error;
    throw error;
  }
}

function finish(
  reading: Exclude<RotationReading, { kind: 'running' }>,
  show: (reading: EndedReading) => void,
  { cluster }: RotationAccess,
): ExitCode {
  if (reading.kind === 'none') {
    throw new CommandError(ExitCode.refused, {
      tried: `watch the rotation of ${cluster.name}`,
      happened: 'none has ever run in this cluster',
      nextStep: 'linkerd-trust plan shows what one would do; linkerd-trust rotate starts it',
    });
  }
  show(reading);
  return reading.kind === 'ended' ? endCode(reading.report.outcome) : ExitCode.notRotated;
}

function endCode(outcome: EndCondition): ExitCode {
  return outcome === 'completed' || outcome === 'already-rotated'
    ? ExitCode.ok
    : ExitCode.notRotated;
}

function leave({ stderr }: CommandContext, options: GlobalOptions): ExitCode {
  const command = sameCommand(options);
  stderr.write(`\nThe rotation goes on. To see it again: ${command} watch\n`);
  return ExitCode.interrupted;
}

async function unlessInterrupted<Result>(
  signal: AbortSignal,
  work: Promise<Result>,
): Promise<Result | 'interrupted'> {
  let listener: (() => void) | undefined;
  const interrupted = new Promise<'interrupted'>((resolve) => {
    listener = () => {
      resolve('interrupted');
    };
    signal.addEventListener('abort', listener, { once: true });
    if (signal.aborted) resolve('interrupted');
  });
  try {
    return await Promise.race([work, interrupted]);
  } catch (error) {
    if (signal.aborted) return 'interrupted';
    throw error;
  } finally {
    if (listener !== undefined) signal.removeEventListener('abort', listener);
    // An interrupted look fails later on its own, when the connection is closed.
    work.catch(() => undefined);
  }
}
