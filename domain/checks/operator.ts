import { isFailureReason } from '../resource/failed-step.ts';
import type { CheckCategory, CheckId, Problem } from './check.ts';
import { checkFound, error, skipped, warning } from './check.ts';
import type { CheckFacts, OperatorCondition, OperatorFacts, ResourceFacts } from './facts.ts';

/** What the resource says of itself, and whether anybody keeps it up to date. */
interface ResourceCheck {
  readonly id: CheckId;
  readonly description: string;
  readonly judge: (resource: ResourceFacts) => Problem | undefined;
}

const look = 'look at "kubectl describe tar cluster"';

const resourceChecks: readonly ResourceCheck[] = [
  {
    id: 'operator-reconciles',
    description: 'the operator has taken note of the resource as it is',
    judge: lag,
  },
  {
    id: 'operator-ready',
    description: 'the mesh and its rotation are well, as the operator sees them',
    judge: ({ conditions }) => alarmOf(conditions, 'Ready', 'False', error),
  },
  {
    id: 'operator-conditions',
    description: 'the operator reports nothing that needs a person',
    judge: ({ conditions }) =>
      alarmOf(conditions, 'Blocked', 'True', error) ??
      alarmOf(conditions, 'AnchorExpiringSoon', 'True', warning),
  },
  {
    id: 'operator-spec-accepted',
    description: 'the spec is what runs, or will run',
    // What cannot change in mid-rotation waits; what has failed has to be seen to.
    judge: ({ conditions }) =>
      alarmOf(conditions, 'SpecAccepted', 'False', (text, { reason }) =>
        isFailureReason(reason) ? error(text) : warning(text),
      ),
  },
  {
    id: 'operator-reaches-temporal',
    description: 'the operator reaches Temporal',
    judge: ({ conditions }) => alarmOf(conditions, 'TemporalReachable', 'False', error),
  },
];

/** The resource that the operator reconciles. */
export function operatorChecks({ operator }: CheckFacts): CheckCategory {
  const because = operator.found ? whyNothingToSee(operator.value) : undefined;
  return {
    name: 'linkerd-trust: operator',
    checks: [
      resourceIsThere(operator),
      ...resourceChecks.map(({ id, description, judge }) =>
        because === undefined
          ? checkFound({ id, description }, operator, ({ resource }) => resource && judge(resource))
          : skipped(id, description, because),
      ),
    ],
  };
}

const notInstalled = 'its CRD is not installed';

function whyNothingToSee({ isInstalled, resource }: OperatorFacts): string | undefined {
  if (!isInstalled) return notInstalled;
  return resource === undefined ? 'there is no resource' : undefined;
}

function resourceIsThere(
  operator: CheckFacts['operator'],
): ReturnType<typeof checkFound<OperatorFacts>> {
  const about = {
    id: 'operator-resource',
    description: 'TrustAnchorRotation cluster is there',
  } as const;
  if (operator.found && !operator.value.isInstalled) {
    return skipped(about.id, about.description, notInstalled);
  }
  return checkFound(about, operator, ({ resource }) =>
    resource === undefined
      ? warning(
          'the operator is installed and has no resource, so it does nothing; apply a TrustAnchorRotation named cluster',
        )
      : undefined,
  );
}

/** A worker that reconciles does so within seconds. */
function lag({ generation, observedGeneration }: ResourceFacts): Problem | undefined {
  if (observedGeneration !== undefined && observedGeneration >= generation) return undefined;
  const seen =
    observedGeneration === undefined
      ? 'nobody has taken note of it yet'
      : `its generation is ${String(generation)}, and the operator has taken note of ${String(observedGeneration)}`;
  return {
    ...error(
      `${seen}: what it asks for is not heeded; see that a worker runs with TRUST_ROTATION_OPERATOR=on and may read it`,
    ),
    mayPass: true,
  };
}

function alarmOf(
  conditions: readonly OperatorCondition[],
  type: string,
  status: 'True' | 'False',
  verdict: (text: string, condition: OperatorCondition) => Problem,
): Problem | undefined {
  const set = conditions.find((one) => one.type === type && one.status === status);
  if (set === undefined) return undefined;
  return verdict(
    `condition ${type}${status === 'True' ? '' : ` is ${status}`}: ${set.detail}; ${look}`,
    set,
  );
}
