import type { CheckCategory, Problem } from './check.ts';
import { check, error, skipped, warning } from './check.ts';
import type { TemporalFacts } from './facts.ts';

/** Temporal and the worker. Nobody is told off for a server that nobody has named. */
export function temporalChecks(facts: TemporalFacts): CheckCategory {
  const reachable = { id: 'temporal-reachable', description: 'Temporal answers' } as const;
  const later = [
    {
      id: 'search-attributes',
      description: 'the namespace has the search attributes of a rotation',
      found: facts.searchAttributes,
    },
    {
      id: 'worker-polls',
      description: 'a worker polls the task queue of this cluster',
      found: facts.worker,
    },
  ] as const;
  const isThere = facts.reachable.found;
  return {
    name: 'linkerd-trust: Temporal and worker',
    checks: [
      check(reachable.id, reachable.description, unreachable(facts)),
      ...later.map(({ id, description, found }) =>
        isThere
          ? check(id, description, found.found ? undefined : error(found.why))
          : skipped(id, description, 'Temporal does not answer'),
      ),
    ],
  };
}

function unreachable({ reachable, isNamed }: TemporalFacts): Problem | undefined {
  if (reachable.found) return undefined;
  return isNamed ? error(reachable.why) : warning(reachable.why);
}
