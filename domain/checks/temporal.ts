import type { CheckCategory, Found, Problem } from './check.ts';
import { check, error, skipped, warning } from './check.ts';
import type { TemporalFacts } from './facts.ts';

/** Temporal and the worker. Nobody is told off for a server that nobody has named. */
export function temporalChecks(facts: TemporalFacts): CheckCategory {
  const reachable = { id: 'temporal-reachable', description: 'Temporal answers' } as const;
  const later = [
    {
      id: 'search-attributes',
      description: 'the namespace has the search attributes of a rotation',
      problem: problemOf(facts.searchAttributes, ({ unseen }) =>
        unseen === undefined ? undefined : warning(unseen),
      ),
    },
    {
      id: 'worker-polls',
      description: 'a worker polls the task queue of this cluster',
      problem: problemOf(facts.worker, () => undefined),
    },
  ] as const;
  const isThere = facts.reachable.found;
  return {
    name: 'linkerd-trust: Temporal and worker',
    checks: [
      check(reachable.id, reachable.description, unreachable(facts)),
      ...later.map(({ id, description, problem }) =>
        isThere
          ? check(id, description, problem)
          : skipped(id, description, 'Temporal does not answer'),
      ),
    ],
  };
}

function problemOf<T>(
  found: Found<T>,
  judge: (value: T) => Problem | undefined,
): Problem | undefined {
  return found.found ? judge(found.value) : error(found.why);
}

function unreachable({ reachable, isNamed }: TemporalFacts): Problem | undefined {
  if (reachable.found) return undefined;
  return isNamed ? error(reachable.why) : warning(reachable.why);
}
