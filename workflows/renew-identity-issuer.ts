import { workflowInfo } from '@temporalio/workflow';
import type { GateWatch, RestartWaveResult } from '../activities/contract.ts';
import type { IssuerRenewalActivities, IssuerSight } from '../activities/issuer-renewal.ts';
import { allGates } from '../domain/gates/all-gates.ts';
import { rememberIssuer } from '../domain/history.ts';
import type {
  IssuerLine,
  IssuerRenewalReport,
  IssuerRenewalRequest,
} from '../domain/issuer-renewal.ts';
import { adoptionGates } from '../domain/issuer-renewal.ts';
import type { RotationContext } from '../domain/rotation-context.ts';
import type { IssuerKind } from '../domain/trust.ts';
import { giveBack, mutate, mutateTrust, observe, restart } from './activity-profiles.ts';
import { failureIn, hindranceOf } from './failures.ts';

/** linkerd-identity is restarted in one wave: it is one workload, whose rollout paces itself. */
const waveSize = 1;
/** A workload that was restarted so often and still lags is a matter for a person. */
const maxWaves = 3;

/**
 * Renews the identity issuer of one mesh under the anchor that signs now, and sees every identity
 * replica take it up: one that has missed it is restarted. Nothing else changes, so no proxy has to be
 * asked or restarted. Kept apart from rotations, and from other renewals, by the Lease of the cluster.
 */
export async function renewIdentityIssuer(
  request: IssuerRenewalRequest,
): Promise<IssuerRenewalReport> {
  const sight = await observe<IssuerRenewalActivities>('look at the identity issuer').lookAtIssuer({
    request,
  });
  const before = lineOf(sight.issuer);
  const { verdict } = sight;
  if ('refusal' in verdict) return refused(verdict.refusal, before);
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const lease = { context: sight.context, holder: `${workflowId}/${firstExecutionRunId}` };
  let isHeld = false;
  try {
    await mutate('take the Lease of this cluster').takeLease(lease);
    isHeld = true;
    return await renewAndSeeAdopted(request, sight, verdict.kind);
  } catch (error) {
    const held = failureIn(error, 'AnotherEngine');
    return held === undefined ? failed(error, { before }) : refused(held.message, before);
  } finally {
    // It may be ours although nobody has heard so; another engine's is left alone.
    await giveBack()
      .releaseLease(lease)
      .catch((error: unknown) => {
        if (isHeld) throw error;
        // Why there is none stands in the report already; what is no failed activity is thrown on.
        hindranceOf(error);
      });
  }
}

async function renewAndSeeAdopted(
  request: IssuerRenewalRequest,
  { context, issuer, mark }: IssuerSight,
  kind: IssuerKind,
): Promise<IssuerRenewalReport> {
  const before = lineOf(issuer);
  let after: IssuerLine | undefined;
  try {
    const token = workflowInfo().firstExecutionRunId;
    const renewed = await mutateTrust<IssuerRenewalActivities>(
      'renew the identity issuer under the same anchor',
      request.timings,
    ).renewIssuerInPlace({ context, kind, mark, token });
    after = lineOf(renewed.issuer);
    const history = rememberIssuer(context.survey.issuerHistory, renewed.issuer);
    const adoption = await adopt(request, remembering(context, history), kind);
    return { ...adoption, before, after };
  } catch (error) {
    const refusal = failureIn(error, 'MutationRefused') ?? failureIn(error, 'ForeignHands');
    if (refusal !== undefined && after === undefined) return refused(refusal.message, before);
    return failed(error, { before, ...(after === undefined ? {} : { after }) });
  }
}

/** The issuers of before and after: by them it is known with which one a replica signs. */
function remembering(
  context: RotationContext,
  issuerHistory: RotationContext['survey']['issuerHistory'],
): RotationContext {
  return { ...context, survey: { ...context.survey, issuerHistory } };
}

type Adoption = Pick<
  IssuerRenewalReport,
  'outcome' | 'reason' | 'adopted' | 'restarted' | 'laggards'
>;

/** A replica may miss the update of its mounted Secret (linkerd2 issue 15109); a restart cures that. */
async function adopt(
  { timings }: IssuerRenewalRequest,
  context: RotationContext,
  kind: IssuerKind,
): Promise<Adoption> {
  const first = await watchAdoption(context, kind, timings.issuerReloadTimeoutMs);
  // Nothing is restarted beside another hand, nor where it is not needed.
  if (first.outcome !== 'progress') return adopted(first, []);
  const restarted: string[] = [];
  for (let waves = 0; waves < maxWaves; waves += 1) {
    const wave = await restartStragglers(context);
    restarted.push(...wave.restarted);
    if (wave.lacking === 0 || wave.stuck.length > 0) break;
  }
  const last = await watchAdoption(context, kind, timings.gatePatienceMs);
  return adopted(last, restarted);
}

function watchAdoption(
  context: RotationContext,
  kind: IssuerKind,
  reportAfterMs: number,
): Promise<GateWatch> {
  const gate = adoptionGates[kind];
  const { title } = allGates[gate];
  const watch = { context, gate, reportAfterMs, heal: false };
  return observe(`wait until ${title}`, reportAfterMs).watchGate(watch);
}

function restartStragglers(context: RotationContext): Promise<RestartWaveResult> {
  const summary = 'restart linkerd-identity, which missed the new issuer';
  return restart(summary, context.survey.timings).restartWave({
    context,
    pass: 'adoption',
    since: workflowInfo().runStartTime.toISOString(),
    goal: { kind: 'identity-uses-issuer' },
    waveSize,
  });
}

function adopted({ outcome, report, foreign, observed }: GateWatch, restarted: string[]): Adoption {
  const replicas = observed.identity.reduce((sum, row) => sum + row.replicas, 0);
  if (outcome === 'passed') {
    return { outcome: 'renewed', adopted: replicas, restarted, laggards: [] };
  }
  const laggards = [...foreign, ...report.laggards];
  return {
    outcome: 'not-adopted',
    reason:
      outcome === 'foreign-hands'
        ? 'another hand changed anchor, signer or bundle meanwhile'
        : 'not every identity replica signs with the new issuer',
    adopted: Math.max(replicas - report.laggards.length, 0),
    restarted,
    laggards,
  };
}

function refused(reason: string, before: IssuerLine): IssuerRenewalReport {
  return { outcome: 'refused', reason, before, adopted: 0, restarted: [], laggards: [] };
}

/** @throws the error itself when it is not a failed activity: a cancellation, or a bug in this code */
function failed(
  error: unknown,
  issuers: Pick<IssuerRenewalReport, 'before' | 'after'>,
): IssuerRenewalReport {
  const { message, laggards } = hindranceOf(error);
  return { outcome: 'failed', reason: message, ...issuers, adopted: 0, restarted: [], laggards };
}

function lineOf({ fingerprint, notAfter }: IssuerLine): IssuerLine {
  return { fingerprint, notAfter };
}
