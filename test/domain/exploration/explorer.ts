import type { Emit, MoveKind } from './environment.ts';
import type { State } from './state.ts';
import { encode } from './state.ts';

/** What is explored. */
export interface Model {
  readonly initial: readonly State[];
  readonly moves: (state: State, emit: Emit) => void;
  /** What is wrong with a state, if anything; such a state is not explored further. */
  readonly violation: (state: State) => string | undefined;
  /** Whether what follows a state is of no interest. */
  readonly isEnd: (state: State) => boolean;
  readonly describe: (state: State) => string;
}

export interface Exploration {
  readonly states: number;
  readonly moves: number;
  readonly violation?: { readonly what: string; readonly trace: readonly string[] };
  /** States, as traces, from which no allowed move after another leads to a state that `isGoal` accepts. */
  readonly stranded: (question: Reachability) => {
    readonly count: number;
    readonly trace: readonly string[];
  };
}

export interface Reachability {
  readonly isGoal: (state: State) => boolean;
  /** States that the question is about; all without it. */
  readonly about?: (state: State) => boolean;
  readonly moves: ReadonlySet<MoveKind>;
}

/**
 * Visits every state that any interleaving of moves leads to, nearest first: the first violation found
 * has the shortest trace there is.
 */
export function explore(model: Model): Exploration {
  const indexByCode = new Map<number, number>();
  const states: State[] = [];
  const parents: number[] = [];
  const edges: Edges = { from: [], to: [], kinds: [] };
  let current = -1;

  function reach(state: State, kind?: MoveKind): void {
    const code = encode(state);
    let index = indexByCode.get(code);
    if (index === undefined) {
      index = states.length;
      indexByCode.set(code, index);
      states.push(state);
      parents.push(current);
    }
    if (kind === undefined || index === current) return;
    edges.from.push(current);
    edges.to.push(index);
    edges.kinds.push(kind);
  }

  const traceTo = (index: number): readonly string[] => trace(model, { states, parents, index });
  for (const state of model.initial) reach(state);
  for (current = 0; current < states.length; current += 1) {
    const state = states[current];
    if (state === undefined) break;
    const what = model.violation(state);
    if (what !== undefined) {
      const found = { what, trace: traceTo(current) };
      return { states: states.length, moves: edges.to.length, violation: found, stranded: nothing };
    }
    if (!model.isEnd(state)) model.moves(state, reach);
  }
  return {
    states: states.length,
    moves: edges.to.length,
    stranded: (question) => {
      const lost = strandedIndices(states, edges, question);
      const [first] = lost;
      return { count: lost.length, trace: first === undefined ? [] : traceTo(first) };
    },
  };
}

function nothing(): never {
  throw new Error('a violation was found, so not every state was visited');
}

interface Edges {
  readonly from: number[];
  readonly to: number[];
  readonly kinds: MoveKind[];
}

/** Walks back from the goals; what is not met on the way cannot reach one. */
function strandedIndices(
  states: readonly State[],
  edges: Edges,
  { isGoal, about, moves }: Reachability,
): readonly number[] {
  const sources = sourcesByTarget(states.length, edges, moves);
  const reached = new Uint8Array(states.length);
  const frontier: number[] = [];
  for (const [index, state] of states.entries()) {
    if (isGoal(state)) frontier.push(index);
  }
  for (let index = frontier.pop(); index !== undefined; index = frontier.pop()) {
    if (reached[index] === 1) continue;
    reached[index] = 1;
    for (const source of sources(index)) if (reached[source] === 0) frontier.push(source);
  }
  return [...states.keys()].filter((index) => {
    const state = states[index];
    return reached[index] === 0 && state !== undefined && (about?.(state) ?? true);
  });
}

/** The edges of the allowed moves, grouped by where they lead, without an array for each state. */
function sourcesByTarget(
  size: number,
  { from, to, kinds }: Edges,
  moves: ReadonlySet<MoveKind>,
): (target: number) => Uint32Array {
  const starts = new Uint32Array(size + 2);
  const allowed = kinds.map((kind) => moves.has(kind));
  for (const [edge, target] of to.entries()) {
    if (allowed[edge] === true) starts[target + 2] = (starts[target + 2] ?? 0) + 1;
  }
  for (let index = 2; index < starts.length; index += 1) {
    starts[index] = (starts[index] ?? 0) + (starts[index - 1] ?? 0);
  }
  const sources = new Uint32Array(to.length);
  for (const [edge, target] of to.entries()) {
    if (allowed[edge] !== true) continue;
    const at = starts[target + 1] ?? 0;
    sources[at] = from[edge] ?? 0;
    starts[target + 1] = at + 1;
  }
  return (target) => sources.subarray(starts[target] ?? 0, starts[target + 1] ?? 0);
}

/** How a state was reached first: the moves from the start, one a line, and the state itself. */
function trace(
  model: Model,
  found: {
    readonly states: readonly State[];
    readonly parents: readonly number[];
    readonly index: number;
  },
): readonly string[] {
  const path: number[] = [];
  for (let at = found.index; at >= 0; at = found.parents[at] ?? -1) path.unshift(at);
  return path.map((at, position) => {
    const state = found.states[at];
    const before = found.states[path[position - 1] ?? -1];
    if (state === undefined) return '?';
    const how = before === undefined ? 'start' : moveBetween(model, before, state);
    return `${how}: ${model.describe(state)}`;
  });
}

function moveBetween(model: Model, before: State, after: State): string {
  const code = encode(after);
  let name = '?';
  model.moves(before, (next, kind, subject) => {
    if (encode(next) === code) name = subject === undefined ? kind : `${kind} (${String(subject)})`;
  });
  return name;
}
