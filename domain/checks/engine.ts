import type { CheckCategory, Problem } from './check.ts';
import { check, checkFound, error, skipped, warning } from './check.ts';
import type { CheckFacts, OperatorCondition, OperatorFacts, TemporalFacts } from './facts.ts';

/** The resource that the operator reconciles. */
export function operatorChecks({ operator }: CheckFacts): CheckCategory {
  const name = 'linkerd-trust: operator';
  const resource = {
    id: 'operator-resource',
    description: 'TrustAnchorRotation cluster is there',
  } as const;
  const conditions = {
    id: 'operator-conditions',
    description: 'the operator reports nothing that needs a person',
  } as const;
  const reason = withoutConditions(operator.found ? operator.value : undefined);
  if (reason !== undefined) {
    const rows = [resource, conditions];
    return { name, checks: rows.map(({ id, description }) => skipped(id, description, reason)) };
  }
  return {
    name,
    checks: [
      checkFound(resource, operator, ({ conditions: found }) =>
        found === undefined
          ? warning(
              'the operator is installed and has no resource, so it does nothing; apply a TrustAnchorRotation named cluster',
            )
          : undefined,
      ),
      checkFound(conditions, operator, ({ conditions: found = [] }) => conditionProblem(found)),
    ],
  };
}

function withoutConditions(operator: OperatorFacts | undefined): string | undefined {
  return operator?.isInstalled === false ? 'its CRD is not installed' : undefined;
}

/** Types of `status.conditions` that call for a person when they are True, and how loudly. */
const alarming = { Blocked: error, AnchorExpiringSoon: warning } as const;

function conditionProblem(conditions: readonly OperatorCondition[]): Problem | undefined {
  for (const [type, verdict] of Object.entries(alarming)) {
    const set = conditions.find((one) => one.type === type && one.status === 'True');
    if (set !== undefined) {
      return verdict(`condition ${type}: ${set.detail}; look at "kubectl describe tar cluster"`);
    }
  }
  return undefined;
}

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
