import { matches } from '../../../domain/conditions.ts';
import { isConverged } from '../../../domain/convergence.ts';
import { allGates } from '../../../domain/gates/all-gates.ts';
import type { GateName } from '../../../domain/gates/gate.ts';
import type { InvariantName, Mutation } from '../../../domain/invariants.ts';
import { refusals } from '../../../domain/invariants.ts';
import type { AbortAction, Method } from '../../../domain/phases.ts';
import { phases } from '../../../domain/phases.ts';
import { resumeAt } from '../../../domain/plan.ts';
import { locate } from '../../../domain/position.ts';
import type { RestartCandidate } from '../../../domain/restarts.ts';
import { nextWave, restartCandidates } from '../../../domain/restarts.ts';
import type { Survey, WorkloadRef } from '../../../domain/survey.ts';
import { workloadName } from '../../../domain/survey.ts';
import { fingerprints, identityWorkload } from '../../support/survey-builder.ts';
import type { Emit } from './environment.ts';
import { startedProcesses, startedProxies } from './environment.ts';
import type { Physics } from './physics.ts';
import type { State } from './state.ts';
import { encode, Generation, withApp, withInjector } from './state.ts';
import type { Step, StepName } from './steps.ts';
import { runbook, wayBack } from './steps.ts';
import { surveyOf } from './survey-of.ts';

/** How the rotation behaves; a proof uses all guards, a negative control takes some away. */
export interface RotationOptions extends Physics {
  readonly method: Method;
  /** Whether it may be killed and resumed, and aborted, at any point. */
  readonly interruptions: boolean;
  /** Whether cross-signing may be refused, so that a bridge goes on as an overlap. */
  readonly refusable?: boolean;
  readonly withoutGates?: readonly GateName[];
  readonly withoutInvariants?: readonly InvariantName[];
  readonly withoutSteps?: readonly StepName[];
  /** What the survey fails to show. */
  readonly blindness?: (survey: Survey) => Survey;
  /** Another order of steps than the runbook's. */
  readonly script?: readonly Step[];
}

/** Each wave that may come next: of any turn whose predecessors are stuck, which they may always be. */
function wavesOf(
  candidates: readonly RestartCandidate[],
): readonly (readonly RestartCandidate[])[] {
  const turns = [...new Set(candidates.map(({ turn }) => turn))];
  return turns.map((turn) => {
    const stuck = candidates.filter((candidate) => candidate.turn < turn);
    return nextWave(candidates, candidates.length, {
      pass: { rotationId: 'explored', name: 'both', since: '' },
      comingUp: [],
      stuckBefore: stuck.map(({ workload }) => workloadName(workload)),
    });
  });
}

export interface Rotation {
  readonly moves: (state: State, emit: Emit) => void;
  readonly nameOf: (state: State) => StepName;
}

export function makeRotation(options: RotationOptions): Rotation {
  const steps = stepsOf(options);
  const indexOf = (name: StepName): number => steps.findIndex((step) => step.name === name);
  const stepAt = (state: State): Step => {
    const step = steps[state.step];
    if (step === undefined) throw new RangeError(`no step ${String(state.step)}`);
    return step;
  };

  function moves(state: State, emit: Emit): void {
    const step = stepAt(state);
    if (step.name === 'completed') return;
    const seen = options.blindness?.(surveyOf(state)) ?? surveyOf(state);
    if (step.name !== 'held') takeStep(state, step, { seen, emit });
    for (const next of restarts(state, step.restarts ?? readying(step), seen)) {
      emit(next, 'rotation restarts a workload');
    }
    for (const next of restarts(state, step.hastens, seen)) {
      emit(next, 'rotation restarts a workload for its leaf');
    }
    for (const next of helped(state, seen)) {
      emit(next, 'a person restarts an unknown identity process');
    }
    if (options.interruptions) interrupt(state, step, { seen, emit });
  }

  function takeStep(state: State, step: Step, { seen, emit }: Sight): void {
    if (!mayLeave(state, step, seen)) return;
    if (step.name === 'make bridge') fallBack(state, emit);
    const next = step.apply?.(state) ?? state;
    // What is done already is not done again, so it is not judged again either.
    const changes = encode(next) !== encode({ ...state, inCharge: next.inCharge });
    if (changes && step.mutation !== undefined && !allows(seen, step.mutation(state))) return;
    emit({ ...next, step: indexOf(following(step, state)) }, 'rotation takes a step', state.step);
  }

  function mayLeave(state: State, step: Step, seen: Survey): boolean {
    // A generation that the rotation did not make is a foreign hand: nothing is changed any more.
    if (state.trustAnchor === Generation.C) return false;
    if (step.gate !== undefined && !passes(step.gate, seen)) return false;
    return (readying(step)?.(seen) ?? []).length === 0;
  }

  /** Whoever approves certificates may refuse to cross-sign: then it goes on as an overlap. */
  function fallBack(state: State, emit: Emit): void {
    if (options.refusable !== true || state.bridge) return;
    emit({ ...state, step: indexOf('spread') }, 'cross-signing is refused', state.step);
  }

  function readying({ ready }: Step): Step['restarts'] {
    if (ready === undefined) return undefined;
    const goal = { kind: 'identity-accepts', under: ready(options) } as const;
    return (survey) => restartCandidates(survey, goal);
  }

  function following(step: Step, state: State): StepName {
    if (options.script === undefined) {
      if (step.name === 'both in bundle')
        return options.method === 'bridge' ? 'make bridge' : 'spread';
      if (step.name === 'switched') return 'leaves';
      if (step.name === 'forget') return state.bridge ? 'ready to release' : 'verify';
      if (step.name === 'unpin') return 'freeze';
    }
    return steps[indexOf(step.name) + 1]?.name ?? 'completed';
  }

  function passes(gate: GateName, seen: Survey): boolean {
    if (options.withoutGates?.includes(gate) === true) return true;
    return isConverged(allGates[gate].judge(seen));
  }

  function allows(seen: Survey, mutation: Mutation): boolean {
    return refusals(seen, mutation).every(
      ({ invariant }) => options.withoutInvariants?.includes(invariant) === true,
    );
  }

  function restarts(state: State, find: Step['restarts'], seen: Survey): readonly State[] {
    const candidates = find?.(seen) ?? [];
    if (candidates.length === 0 || !allows(seen, { kind: 'restart' })) return [];
    const next = new Map(
      wavesOf(candidates).flatMap((wave) =>
        wave.map(({ workload }) => [workloadName(workload), workload] as const),
      ),
    );
    return [...next.values()].flatMap((workload) => restarted(state, workload, options));
  }

  /** Where a gate or an invariant names a process that nobody knows, its remedy is a restart. */
  function helped(state: State, seen: Survey): readonly State[] {
    return seen.identity.flatMap(({ holds }, index) =>
      matches(holds, { b: 'yes' }) === 'unknown' ? replaced(state, index, options) : [],
    );
  }

  function interrupt(state: State, step: Step, { seen, emit }: Sight): void {
    const { a, b } = fingerprints;
    const position = locate(seen, state.trustAnchor === Generation.A ? { a } : { a, b });
    if (position.kind === 'off-the-map') throw new Error(`off the map: ${position.because}`);
    const phase = resumeAt(position.method ?? options.method, position.phase);
    const resumed = steps.findIndex((candidate) => candidate.phase === phase);
    if (resumed !== state.step && !isWayBack(step)) {
      emit({ ...state, step: resumed }, 'rotation is killed and resumes', state.step);
    }
    if (step.name === 'held')
      emit({ ...state, step: resumed }, 'rotation takes a step', state.step);
    const wayOut = isWayBack(step) ? undefined : wayOutOf(state, phases[step.phase].abort);
    if (wayOut !== undefined) {
      emit({ ...state, step: indexOf(wayOut) }, 'rotation is aborted', state.step);
    }
  }

  return { moves, nameOf: (state) => stepAt(state).name };
}

interface Sight {
  readonly seen: Survey;
  readonly emit: Emit;
}

function stepsOf({ script, interruptions, withoutSteps = [] }: RotationOptions): readonly Step[] {
  const [bridge, overlap] = [runbook.bridge, runbook.overlap];
  const names = bridge.map(({ name }) => name);
  // A bridge may go on as an overlap, so both stand in one list; each name once.
  const all = script ?? [...bridge, ...overlap.filter(({ name }) => !names.includes(name))];
  return [...all, ...(interruptions ? wayBack : [])].filter(
    ({ name }) => !withoutSteps.includes(name),
  );
}

function isWayBack({ name }: Step): boolean {
  return wayBack.some((step) => step.name === name);
}

function wayOutOf(state: State, action: AbortAction): StepName | undefined {
  switch (action) {
    case 'nothing':
    case 'forward-only':
      return undefined;
    case 'unpin':
      // A successor that is there already would sign at once without the pin: the safe stop keeps it.
      return state.trustAnchor === Generation.A ? 'unpin' : 'held';
    case 'hold':
      return 'held';
    case 'swing-back':
      return state.copied ? undefined : 'ready to swing back';
  }
}

/** What a restart of a workload leads to: pods made by an injector, or by the bundle itself. */
function restarted(state: State, workload: WorkloadRef, physics: Physics): readonly State[] {
  if (workload === identityWorkload) {
    return state.identity.flatMap((_replica, index) => replaced(state, index, physics));
  }
  const app = /^app-(\d+)$/.exec(workload.name);
  if (app !== null) {
    return state.injectors.map((pending) => withApp(state, Number(app[1]), { pending }));
  }
  return state.injectors.map((_mounted, index) => withInjector(state, index, state.bundle));
}

/** A pod of linkerd-identity with a new process and a new proxy. */
function replaced(state: State, index: number, physics: Physics): readonly State[] {
  return startedProcesses(state, index, physics).flatMap((next) => startedProxies(next, index));
}
