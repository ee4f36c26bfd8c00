import { environmentMoves } from './environment.ts';
import type { Model } from './explorer.ts';
import type { RotationOptions } from './rotation.ts';
import { makeRotation } from './rotation.ts';
import type { Violation } from './safety.ts';
import { isHealed, leftover, violation } from './safety.ts';
import type { State, Topology } from './state.ts';
import { assertEncodable, restingState } from './state.ts';

export interface ModelOptions extends Partial<RotationOptions> {
  readonly method: RotationOptions['method'];
  readonly topology: Topology;
  /** Whether a mesh that another hand has spoiled is followed until it is healed. */
  readonly healing?: boolean;
  /** A violation that is expected here and not looked for. */
  readonly overlook?: Violation;
  /** What the mesh is like at the start; a mesh at rest without it. */
  readonly initial?: (resting: State) => State;
}

export interface MeshModel extends Model {
  readonly nameOf: (state: State) => string;
}

/** The cluster, everything that may happen in it, and a rotation that walks through it. */
export function meshModel(options: ModelOptions): MeshModel {
  const { topology, healing = false, initial = (resting: State) => resting } = options;
  assertEncodable(topology);
  const physics = { pathLengthZero: options.pathLengthZero ?? false };
  const renewsAgain = options.withoutSteps?.includes('freeze') ?? false;
  const environment = { ...physics, lapses: healing, renewsAgain };
  const rotation = makeRotation({ interruptions: false, ...options, ...physics });
  const isCompleted = (state: State): boolean => rotation.nameOf(state) === 'completed';

  return {
    initial: [initial(restingState(topology))],
    nameOf: rotation.nameOf,
    isEnd: (state) => isCompleted(state) || (state.spoiled && !healing),
    violation: (state) => {
      if (state.spoiled) return undefined;
      const found = violation(state, physics) ?? (isCompleted(state) ? leftover(state) : undefined);
      return found === options.overlook ? undefined : found;
    },
    moves: (state, emit) => {
      const forgiving: typeof emit = (next, ...how) => {
        const healed = next.spoiled && isHealed(next);
        emit(healed ? { ...next, spoiled: false } : next, ...how);
      };
      rotation.moves(state, forgiving);
      environmentMoves(state, environment, forgiving);
    },
    describe: (state) => `${rotation.nameOf(state)} ${describe(state)}`,
  };
}

const sets = ['-', 'A', 'B', 'A,B'] as const;
const kinds = ['-', 'a', 'b', 'x', 'expired'] as const;

/** The state in the runbook's letters: {held}/leaf for each proxy. */
function describe(state: State): string {
  const apps = state.apps.map(
    ({ holds, leaf, pending, odd }) =>
      `{${sets[holds]}}/${kinds[leaf]}${odd ? ' (odd)' : ''}${pending === 0 ? '' : ` (pending {${sets[pending]}})`}`,
  );
  const identity = state.identity.map(
    ({ signs, holds, proxyHolds, proxyLeaf }) =>
      `signs ${kinds[signs]} holding {${sets[holds]}}, proxy {${sets[proxyHolds]}}/${kinds[proxyLeaf]}`,
  );
  const injectors = state.injectors.map((mounted) => `{${sets[mounted]}}`);
  return [
    `bundle {${sets[state.bundle]}}, issuer ${kinds[state.issuer]}`,
    `apps ${apps.join(' ')}`,
    `identity ${identity.join('; ')}`,
    `injectors ${injectors.join(' ')}`,
  ].join(' | ');
}
