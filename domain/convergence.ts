/** A place where something has not converged yet, named so that a person can act on it. */
export interface Laggard {
  /** For example `pod shop/web-7d4b9-x2x8q` or `identity replica linkerd-identity-5c9f-abcde`. */
  readonly what: string;
  readonly reason: string;
  /** What a person can do about it, or what it waits for. */
  readonly remedy: string;
}

/** How many laggards a report names; the rest is counted. Keeps payloads independent of mesh size. */
export const maxNamedLaggards = 50;

/** Laggards as a report names them, and how many there are beyond those. */
export interface NamedLaggards {
  readonly laggards: readonly Laggard[];
  /** Left out where all are named. */
  readonly unnamed?: number;
}

export function nameLaggards(all: readonly Laggard[], unnamed = 0): NamedLaggards {
  const laggards = all.slice(0, maxNamedLaggards);
  const more = unnamed + all.length - laggards.length;
  return { laggards, ...(more === 0 ? {} : { unnamed: more }) };
}

/** The outcome of one condition over many things. */
export interface Convergence {
  readonly converged: number;
  readonly total: number;
  /** The first {@link maxNamedLaggards}, in the order of observation. */
  readonly laggards: readonly Laggard[];
}

export const nothingToConverge: Convergence = { converged: 0, total: 0, laggards: [] };

/** Judges each item; `judge` returns the laggard, or `undefined` for a converged item. */
export function converge<Item>(
  items: readonly Item[],
  judge: (item: Item) => Laggard | undefined,
): Convergence {
  const laggards: Laggard[] = [];
  let converged = 0;
  for (const item of items) {
    const laggard = judge(item);
    if (laggard === undefined) converged += 1;
    else if (laggards.length < maxNamedLaggards) laggards.push(laggard);
  }
  return { converged, total: items.length, laggards };
}

/** A condition on one thing: converged when there is no laggard. */
export function convergeOne(laggard: Laggard | undefined): Convergence {
  return converge([laggard], (candidate) => candidate);
}

export function allOf(parts: readonly Convergence[]): Convergence {
  return {
    converged: parts.reduce((sum, part) => sum + part.converged, 0),
    total: parts.reduce((sum, part) => sum + part.total, 0),
    laggards: parts.flatMap((part) => part.laggards).slice(0, maxNamedLaggards),
  };
}

export function isConverged(convergence: Convergence): boolean {
  return convergence.converged === convergence.total;
}

/** Laggards beyond those that are named. */
export function unnamedLaggards(convergence: Convergence): number {
  return convergence.total - convergence.converged - convergence.laggards.length;
}
