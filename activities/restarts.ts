import { injectorIsUp } from '../domain/conditions.ts';
import type { Laggard } from '../domain/convergence.ts';
import { nameLaggards } from '../domain/convergence.ts';
import { refusals } from '../domain/invariants.ts';
import type { RestartCandidate, RestartPass } from '../domain/restarts.ts';
import {
  exhaustedLaggard,
  maxAttemptsPerPass,
  needsInjector,
  nextWave,
  orphanedLaggard,
  readsMountedBundle,
  restartCandidates,
  restartMarker,
  strayLaggard,
  unmeshedLaggard,
  wasRestarted,
} from '../domain/restarts.ts';
import type { Survey, WorkloadRef } from '../domain/survey.ts';
import { workloadName } from '../domain/survey.ts';
import { summarise } from '../domain/survey-summary.ts';
import { mapBounded } from '../mesh/observation/bounded.ts';
import { podsWithoutProxy } from '../mesh/observation/unmeshed-pods.ts';
import { restartWorkload, rolloutStatus } from '../mesh/workloads.ts';
import type { RestartWaveInput, RestartWaveResult, RotationActivities } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { FailureType } from './failures.ts';
import { stopAtForeignHands, stopAtRefusals, surveyed } from './guard.ts';
import type { Beat, Progress } from './progress.ts';
import { withHeartbeat } from './progress.ts';
import { knownFailure } from './to-failure.ts';

/** Rolling restarts, wave by wave. */
export function createRestartActivities(
  deps: ActivityDependencies,
): Pick<RotationActivities, 'restartWave'> {
  return {
    restartWave: (input) =>
      withHeartbeat({ text: 'looking for workloads to restart' }, (beat) =>
        restartWave(deps, input, beat),
      ),
  };
}

/** What became of one workload of a wave. */
type Outcome =
  | { readonly kind: 'up'; readonly workload: WorkloadRef; readonly restarted: boolean }
  | { readonly kind: 'stuck'; readonly laggard: Laggard }
  /** It is up, and out of the mesh. */
  | { readonly kind: 'unmeshed'; readonly laggard: Laggard };

async function restartWave(
  deps: ActivityDependencies,
  input: RestartWaveInput,
  beat: Beat<Progress>,
): Promise<RestartWaveResult> {
  const survey = await settledSurvey(deps, input, beat);
  stopAtForeignHands(input.context, survey);
  const candidates = restartCandidates(survey, input.goal);
  if (candidates.length === 0) {
    return { restarted: [], lacking: 0, stuck: [], observed: summarise(survey) };
  }
  stopAtRefusals(refusals(survey, { kind: 'restart' }));
  const wave = nextWave(restartableNow(survey, candidates), input.waveSize, {
    pass: passOf(input),
    comingUp: await comingUp(deps, input, candidates),
    stuckBefore: input.stuckBefore ?? [],
  });
  // One that fails must not leave the others rolling with nobody who waits for them.
  const outcomes = await keepingUp(deps, input, beat, () =>
    mapBounded(wave, input.waveSize, (one) => restartOne(deps, input, { one, beat })),
  );
  stopAtUnmeshed(outcomes);
  const { laggards: stuck, ...beyond } = nameLaggards(
    outcomes.flatMap((outcome) => (outcome.kind === 'stuck' ? [outcome.laggard] : [])),
  );
  return {
    restarted: outcomes.flatMap((outcome) =>
      outcome.kind === 'up' && outcome.restarted ? [workloadName(outcome.workload)] : [],
    ),
    lacking: candidates.length,
    stuck,
    ...beyond,
    observed: summarise(survey),
  };
}

function passOf({ context, pass: name, since }: RestartWaveInput): RestartPass {
  return { rotationId: context.rotationId, name, since };
}

/** What an attempt that was cut off has left rolling. */
async function comingUp(
  { kube }: ActivityDependencies,
  input: RestartWaveInput,
  candidates: readonly RestartCandidate[],
): Promise<readonly string[]> {
  const restarted = candidates.filter((one) => wasRestarted(one, passOf(input)));
  const rolling = await mapBounded(restarted, input.waveSize, async ({ workload }) => {
    const { phase } = await rolloutStatus(kube, workload);
    return phase === 'progressing' ? [workloadName(workload)] : [];
  });
  return rolling.flat();
}

/** Every further restart would take one more workload out of the mesh, where no survey sees it. */
function stopAtUnmeshed(outcomes: readonly Outcome[]): void {
  const laggards = outcomes.flatMap((one) => (one.kind === 'unmeshed' ? [one.laggard] : []));
  const [first] = laggards;
  if (first === undefined) return;
  throw knownFailure(
    FailureType.UnmeshedPods,
    `${first.what} ${first.reason}. Next step: ${first.remedy}, then resume.`,
    nameLaggards(laggards),
  );
}

/**
 * Proxies are asked as they come up, while others still do, so that the survey before the next wave finds
 * little left to ask.
 */
async function keepingUp<Result>(
  { surveyor }: ActivityDependencies,
  { context }: RestartWaveInput,
  beat: Beat<Progress>,
  work: () => Promise<Result>,
): Promise<Result> {
  const over = new AbortController();
  const signal = AbortSignal.any([beat.signal, over.signal]);
  const asking = surveyor.keepUp(context.survey, signal);
  try {
    return await work();
  } finally {
    over.abort();
    await asking;
  }
}

/**
 * While no injector answers, the API server refuses new pods or, with the webhook's failurePolicy
 * Ignore, lets them start without a proxy.
 */
function restartableNow(
  survey: Survey,
  candidates: readonly RestartCandidate[],
): readonly RestartCandidate[] {
  const { laggards } = injectorIsUp(survey);
  const [missing] = laggards;
  if (missing === undefined) return candidates;
  // The control plane does not need the injector, and its restart may be what brings that back.
  const others = candidates.filter((candidate) => !needsInjector(candidate));
  if (others.length > 0) return others;
  throw knownFailure(
    FailureType.MutationRefused,
    `the proxy injector to be up before workloads are restarted: it ${missing.reason}`,
    { laggards },
  );
}

/**
 * Injectors and identity processes read the bundle from a mount that the kubelet refreshes. Right
 * after a change of the bundle injectors are given that time before they count as stale, and identity
 * is not restarted: of what it would read nobody could say which bundle it was. And what this pass has
 * restarted already is looked at once more: a new proxy that did not answer in time lags for a moment.
 */
async function settledSurvey(
  deps: ActivityDependencies,
  input: RestartWaveInput,
  beat: Beat<Progress>,
): Promise<Survey> {
  const { context, goal } = input;
  const { settleMs, pollMs } = context.survey.timings;
  for (let looks = 1; ; looks += 1) {
    const survey = await surveyed(deps, context, beat);
    const settledAtMs = Date.parse(survey.objects.bundle.since) + settleMs;
    const mayStillSettle = deps.clock.nowMs() < settledAtMs;
    const candidates = restartCandidates(survey, goal);
    const [next] = candidates;
    if (next !== undefined && readsMountedBundle(next) && mayStillSettle) {
      beat.tell({ text: 'waiting until mounted copies of the new bundle are fresh' });
    } else if (looks === 1 && candidates.some((one) => wasRestarted(one, passOf(input)))) {
      beat.tell({ text: 'looking once more at what was restarted' });
    } else {
      return survey;
    }
    await deps.clock.sleep(pollMs, beat.signal);
  }
}

async function restartOne(
  deps: ActivityDependencies,
  input: RestartWaveInput,
  { one, beat }: { readonly one: RestartCandidate; readonly beat: Beat<Progress> },
): Promise<Outcome> {
  const { context } = input;
  const { workload } = one;
  const rolling = await rolloutStatus(deps.kube, workload);
  if (rolling.phase === 'progressing' && rolling.isDegraded !== true) {
    return awaitRollout(deps, { context, one, restarted: false }, beat);
  }
  const { marker, attempt } = restartMarker(passOf(input), one.markers);
  if (attempt > maxAttemptsPerPass) return { kind: 'stuck', laggard: exhaustedLaggard(one) };
  const result = await restartWorkload(deps.kube, workload, marker);
  if (result.outcome === 'blocked') {
    const remedy = 'restart it yourself, or except it by name';
    const laggard = { what: workloadName(workload), reason: result.reason, remedy };
    return { kind: 'stuck', laggard };
  }
  if (result.outcome === 'gone') return { kind: 'stuck', laggard: orphanedLaggard(one) };
  // Where a worker died behind the patch, the next survey finds the new pods, and nothing lags.
  if (result.outcome === 'already-marked' && rolling.phase === 'done') {
    return { kind: 'stuck', laggard: strayLaggard(one) };
  }
  const restarted = result.outcome === 'restarted';
  return awaitRollout(deps, { context, one, restarted }, beat);
}

async function awaitRollout(
  { kube, clock }: ActivityDependencies,
  restart: {
    readonly context: RestartWaveInput['context'];
    readonly one: RestartCandidate;
    readonly restarted: boolean;
  },
  beat: Beat<Progress>,
): Promise<Outcome> {
  const { one, restarted } = restart;
  const { workload } = one;
  const { rolloutTimeoutMs, pollMs } = restart.context.survey.timings;
  const name = workloadName(workload);
  const deadlineMs = clock.nowMs() + rolloutTimeoutMs;
  for (;;) {
    const { phase, detail } = await rolloutStatus(kube, workload);
    if (phase === 'gone') return { kind: 'up', workload, restarted };
    if (phase === 'done') {
      const unmeshed = needsInjector(one) ? await podsWithoutProxy(kube, workload) : [];
      if (unmeshed.length === 0) return { kind: 'up', workload, restarted };
      return { kind: 'unmeshed', laggard: unmeshedLaggard(one, unmeshed) };
    }
    beat.tell({ text: `${name}: ${detail}` });
    if (phase === 'failed' || clock.nowMs() >= deadlineMs) {
      const remedy = 'look at its newest pods; the rotation goes on when they are Ready';
      return { kind: 'stuck', laggard: { what: name, reason: detail, remedy } };
    }
    await clock.sleep(Math.min(pollMs, longestRolloutPollMs), beat.signal);
  }
}

/** A rollout moves faster than a fleet. */
const longestRolloutPollMs = 2_000;
