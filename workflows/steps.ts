import type { GateWatch, RestartWaveInput, RestartWaveResult } from '../activities/contract.ts';
import { allGates } from '../domain/gates/all-gates.ts';
import type { GateName } from '../domain/gates/gate.ts';
import type { PassName, RestartGoal } from '../domain/restarts.ts';
import { phaseBegan } from '../domain/rotation-state.ts';
import { observe, probesMs, restart } from './activity-profiles.ts';
import { failureIn, hindranceOf } from './failures.ts';
import { holdForForeignHands } from './foreign-hands.ts';
import { refusalPauseMs, reportIntervalMs } from './limits.ts';
import type { Rotation } from './rotation.ts';

/** The moves that phases are made of. Each can be paused, aborted and repeated. */

/** Between two moves: stops here while the rotation is paused, leaves if it is aborted. */
export async function checkpoint(rotation: Rotation): Promise<void> {
  const { interruptions } = rotation;
  interruptions.check();
  while (interruptions.paused !== undefined) {
    const { by, reason } = interruptions.paused;
    rotation.setWaiting('paused', {
      for: `a person to resume; paused by ${by}${reason === undefined ? '' : `: ${reason}`}`,
      laggards: [],
    });
    await interruptions.untilPersonOr(() => interruptions.paused === undefined);
    interruptions.check();
    rotation.setRunning();
  }
}

/**
 * Does one thing to the cluster. What the invariants refuse is tried again on a later survey, a
 * foreign hand or a failure waits for a person. A failure may have come behind the change: whatever is
 * done again looks first.
 */
export async function change<Result>(
  rotation: Rotation,
  act: () => Promise<Result>,
): Promise<Result> {
  for (let refused = 0; ;) {
    await checkpoint(rotation);
    try {
      const result = await act();
      rotation.setRunning();
      return result;
    } catch (error) {
      if (failureIn(error, 'CrossSigningRefused') !== undefined) throw error;
      const refusal = failureIn(error, 'MutationRefused');
      if (refusal !== undefined) {
        const { message, laggards, unnamed } = refusal;
        const cause = 'invariant';
        rotation.setWaiting('blocked', { for: message, cause, laggards, unnamed });
        const { pollMs } = rotation.request.timings;
        await rotation.interruptions.untilPersonOr(() => false, refusalPauseMs(refused++, pollMs));
        continue;
      }
      await waitForPerson(rotation, error);
    }
  }
}

/** Looks at the cluster for as long as that takes; a pause or an abort cuts it short. */
export async function look<Result>(
  rotation: Rotation,
  observation: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    const seen = await change(rotation, () => rotation.interruptions.cutShort(observation));
    if (seen !== undefined) return seen;
  }
}

/** After a failure that retries did not cure: a person looks, and resumes or aborts. */
async function waitForPerson(rotation: Rotation, error: unknown): Promise<void> {
  const foreign = failureIn(error, 'ForeignHands');
  if (foreign !== undefined) {
    await holdForForeignHands(rotation, foreign);
    return;
  }
  const { message, laggards, unnamed } = hindranceOf(error);
  rotation.setWaiting('blocked', {
    for: `a person to look, then \`linkerd-trust resume\` or \`abort\`: ${message}`,
    cause: 'step',
    laggards,
    unnamed,
  });
  rotation.note(message);
  await rotation.interruptions.untilPersonOr(() => false);
}

export interface GateOptions {
  /** How long the gate inherently needs; after this and the patience it counts as blocked. */
  readonly expectedMs?: number;
  /** Restart what no wait can cure while waiting. */
  readonly heal?: boolean;
  /** Give up after this long instead of reporting a block; the answer is then `false`. */
  readonly giveUpAfterMs?: number;
  /** Give up then at the latest; ISO 8601 in UTC. */
  readonly giveUpAt?: string;
  /** Give up as soon as this is so; asked at each revision of the request. */
  readonly giveUpWhen?: () => boolean;
}

/**
 * Waits until a gate passes. Answers `false` only if it was told to give up; who waits for the gate again
 * goes on with that wait. A gate that takes longer than it should is reported as blocked, with its
 * laggards, and watched on.
 */
export async function passGate(
  rotation: Rotation,
  gate: GateName,
  options: GateOptions = {},
): Promise<boolean> {
  const startedMs = rotation.beginWatch(gate);
  const blockedAtMs =
    startedMs + (options.expectedMs ?? 0) + rotation.request.timings.gatePatienceMs;
  const giveUpAtMs = Math.min(
    startedMs + (options.giveUpAfterMs ?? Infinity),
    options.giveUpAt === undefined ? Infinity : Date.parse(options.giveUpAt),
  );
  for (let reports = 0; ;) {
    await checkpoint(rotation);
    const horizonMs = Math.max(giveUpAtMs - Date.now(), 1);
    const watch = await watchOnce(rotation, gate, {
      heal: options.heal === true,
      reportAfterMs: Math.min(reportIntervalMs(reports), horizonMs),
    });
    if (watch === undefined) {
      if (options.giveUpWhen?.() !== true) continue;
      return false;
    }
    if (watch.outcome === 'passed') {
      rotation.endWatch(gate);
      rotation.setRunning();
      return true;
    }
    reports = watch.outcome === 'progress' ? reports + 1 : 0;
    await answerWatch(rotation, watch, Date.now() > blockedAtMs);
    if (Date.now() < giveUpAtMs) continue;
    return false;
  }
}

async function watchOnce(
  rotation: Rotation,
  gate: GateName,
  options: { readonly heal: boolean; readonly reportAfterMs: number },
): Promise<GateWatch | undefined> {
  const { title } = allGates[gate];
  const waitMs = probesMs(rotation.request.timings);
  const watch = await cutShortWatch(rotation, () =>
    observe(`wait until ${title}`, waitMs).watchGate({
      context: rotation.context,
      gate,
      ...options,
    }),
  );
  if (watch === undefined) return undefined;
  rotation.saw(watch.observed);
  rotation.update({ gate: watch.report });
  return watch;
}

/** Watches once; `undefined` if people, or a failure that they had to look at, cut it short. */
export async function cutShortWatch<Watch>(
  rotation: Rotation,
  watch: () => Promise<Watch>,
): Promise<Watch | undefined> {
  try {
    return await rotation.interruptions.cutShort(watch);
  } catch (error) {
    await waitForPerson(rotation, error);
    return undefined;
  }
}

async function answerWatch(rotation: Rotation, watch: GateWatch, isLate: boolean): Promise<void> {
  const { title, laggards, unnamed } = watch.report;
  switch (watch.outcome) {
    case 'foreign-hands':
      await holdForForeignHands(rotation, { laggards: watch.foreign, observed: watch.observed });
      return;
    case 'needs-restart':
      await restartPass(rotation, 'heal', { kind: 'heal' });
      return;
    case 'progress':
    case 'passed':
      if (isLate) rotation.setWaiting('blocked', { for: title, cause: 'gate', laggards, unnamed });
      else rotation.setRunning();
  }
}

/** Restarts wave after wave, each chosen on a survey of its own, until one finds nothing that lacks what the goal wants. */
export async function restartPass(
  rotation: Rotation,
  pass: PassName,
  goal: RestartGoal,
): Promise<void> {
  const stuckBefore = new Set<string>();
  for (;;) {
    const wave = await change(rotation, () =>
      restartOneWave(rotation, pass, { goal, stuckBefore: [...stuckBefore] }),
    );
    tally(rotation, wave);
    for (const { what } of wave.stuck) stuckBefore.add(what);
    if (wave.stuck.length > 0) {
      rotation.setWaiting('blocked', {
        for: 'restarted workloads to come up',
        cause: 'workloads',
        laggards: wave.stuck,
        unnamed: wave.unnamed,
      });
    }
    if (wave.lacking === 0) return;
    if (wave.restarted.length === 0) {
      const { pollMs } = rotation.request.timings;
      await rotation.interruptions.untilPersonOr(() => false, refusalPauseMs(2, pollMs));
    }
  }
}

async function restartOneWave(
  rotation: Rotation,
  pass: PassName,
  wanted: Pick<RestartWaveInput, 'goal' | 'stuckBefore'>,
): Promise<RestartWaveResult> {
  const { waves } = rotation.state.restarts;
  const summary = `restart wave ${String(waves + 1)} (pass ${pass})`;
  const wave = await restart(summary, rotation.request.timings).restartWave({
    context: rotation.context,
    pass,
    since: phaseBegan(rotation.state) ?? rotation.startedAt,
    ...wanted,
    waveSize: rotation.request.restarts.waveSize,
  });
  rotation.saw(wave.observed);
  return wave;
}

function tally(rotation: Rotation, wave: RestartWaveResult): void {
  if (wave.restarted.length === 0) return;
  const { waves, workloads } = rotation.state.restarts;
  rotation.update({
    restarts: { waves: waves + 1, workloads: workloads + wave.restarted.length },
  });
}

/** Lets a fresh certificate age: node clocks may run behind, and certificates are not backdated. */
export async function age(rotation: Rotation, notBefore: string): Promise<void> {
  const readyAtMs = Date.parse(notBefore) + rotation.request.timings.certificateAgeMs;
  for (;;) {
    await checkpoint(rotation);
    const leftMs = readyAtMs - Date.now();
    if (leftMs <= 0) return;
    await rotation.interruptions.untilPersonOr(() => false, leftMs);
  }
}
