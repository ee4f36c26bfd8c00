import type { CheckCategory } from './check.ts';
import { componentChecks } from './components.ts';
import type { CheckFacts, TemporalFacts } from './facts.ts';
import { meshChecks } from './mesh.ts';
import { operatorChecks } from './operator.ts';
import { pkiChecks } from './pki.ts';
import { rightsChecks } from './rights.ts';
import { temporalChecks } from './temporal.ts';
import { webhookChecks } from './webhooks.ts';

export interface CheckScope {
  /** Only what must be there before Linkerd is installed. */
  readonly isBefore: boolean;
  /** Only proxies of this namespace. */
  readonly namespace?: string | undefined;
}

/**
 * Everything that `linkerd-trust check` tells, judged from what was found.
 *
 * @param temporal absent where nobody has named a server
 */
export function allChecks(
  facts: CheckFacts,
  temporal: TemporalFacts | undefined,
  scope: CheckScope,
): readonly CheckCategory[] {
  const { isBefore } = scope;
  return [
    componentChecks(facts, { isBefore }),
    ...(isBefore
      ? []
      : [pkiChecks(facts), webhookChecks(facts), meshChecks(facts, scope), operatorChecks(facts)]),
    ...(isBefore && temporal === undefined ? [] : [temporalChecks(facts, temporal)]),
    rightsChecks(facts),
  ];
}
