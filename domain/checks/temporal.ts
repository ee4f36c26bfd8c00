import type { Check, CheckCategory, CheckId, Found, Problem } from './check.ts';
import { check, error, skipped, warning } from './check.ts';
import type { CheckFacts, TemporalFacts } from './facts.ts';

const descriptions = {
  'temporal-reachable': 'Temporal answers',
  'search-attributes': 'the namespace has the search attributes of a rotation',
  'worker-polls': 'a worker polls the task queue of this cluster',
} as const satisfies Partial<Record<CheckId, string>>;

/** Temporal and the worker. `temporal` is absent where nobody has named a server, who may well have none. */
export function temporalChecks(
  facts: CheckFacts,
  temporal: TemporalFacts | undefined,
): CheckCategory {
  return {
    name: 'linkerd-trust: Temporal and worker',
    checks: temporal === undefined ? unasked(whyUnasked(facts)) : answered(temporal),
  };
}

function unasked(because: string): readonly Check[] {
  // Sound: the checks of this category and no others.
  const ids = Object.keys(descriptions) as (keyof typeof descriptions)[];
  return ids.map((id) => skipped(id, descriptions[id], because));
}

/** The operator's own Temporal is judged by the condition of its resource. */
function whyUnasked({ operator }: CheckFacts): string {
  const conditions = operator.found ? (operator.value.resource?.conditions ?? []) : [];
  const isReached = conditions.some(
    ({ type, status }) => type === 'TemporalReachable' && status === 'True',
  );
  return isReached ? 'no server is named; the operator reaches its own' : 'no server is named';
}

function answered({ reachable, searchAttributes, worker }: TemporalFacts): readonly Check[] {
  const later = [
    [
      'search-attributes',
      problemOf(searchAttributes, ({ unseen }) =>
        unseen === undefined ? undefined : warning(unseen),
      ),
    ],
    ['worker-polls', problemOf(worker, () => undefined)],
  ] as const;
  const first = 'temporal-reachable';
  return [
    check(
      first,
      descriptions[first],
      problemOf(reachable, () => undefined),
    ),
    ...later.map(([id, problem]) =>
      reachable.found
        ? check(id, descriptions[id], problem)
        : skipped(id, descriptions[id], 'Temporal does not answer'),
    ),
  ];
}

function problemOf<T>(
  found: Found<T>,
  judge: (value: T) => Problem | undefined,
): Problem | undefined {
  return found.found ? judge(found.value) : error(found.why);
}
