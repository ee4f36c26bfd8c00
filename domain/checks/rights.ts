import type { CheckCategory } from './check.ts';
import { checkFound, warning } from './check.ts';
import type { CheckFacts } from './facts.ts';

/** Enough to see which role is missing; the plan names all of them. */
const namedRights = 3;

/** What the account that runs the checks may not do. The worker has an account of its own. */
export function rightsChecks({ missingRights }: CheckFacts): CheckCategory {
  const row = checkFound(
    { id: 'rights', description: 'this account may do what a rotation needs' },
    missingRights,
    (missing) =>
      missing.length === 0
        ? undefined
        : warning(
            `${String(missing.length)} of the rights are missing, among them ${missing.slice(0, namedRights).join('; ')}; the worker has an account of its own, so this matters only if it is this one`,
          ),
  );
  return { name: 'linkerd-trust: rights', checks: [row] };
}
