import type { Survey } from '../domain/survey.ts';
import { summarise } from '../domain/survey-summary.ts';
import type { IssuerKind } from '../domain/trust.ts';
import { issuerKind } from '../domain/trust.ts';
import { markBeforeRenewal } from '../mesh/certificate-renewal.ts';
import { certificateRef } from '../mesh/certificates.ts';
import { distinctIssuersMs } from '../mesh/observation/limits.ts';
import { renewIssuerAsOurs } from '../mesh/own-issuer-renewal.ts';
import { awaitSigner } from '../mesh/signer.ts';
import type { RenewIssuerInput, RotationActivities } from './contract.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { stopAtForeignHands, surveyed } from './guard.ts';
import type { Beat, Progress } from './progress.ts';
import { waitOptions, withHeartbeat } from './progress.ts';

/** The identity issuer Certificate. */
export function createIssuerActivities(
  deps: ActivityDependencies,
): Pick<RotationActivities, 'renewIdentityIssuer'> {
  return {
    renewIdentityIssuer: (input) =>
      withHeartbeat({ text: 'renewing the identity issuer' }, async (beat) => {
        const before = await surveyed(deps, input.context, beat);
        if (kindOf(before) === input.expect) return { observed: summarise(before) };
        stopAtForeignHands(input.context, before);
        await untilDistinct(deps, before, beat);
        // An attempt to point it that did not live to see this is no failure: here it is one.
        await signerReady(deps, input, beat);
        await renew(deps, input, beat);
        const after = await surveyed(deps, input.context, beat);
        stopAtOtherKind(kindOf(after), input.expect);
        return { observed: summarise(after) };
      }),
  };
}

export function kindOf({ objects }: Survey): IssuerKind | undefined {
  return issuerKind(objects.issuer.under);
}

/**
 * What identity signs with is known by nothing but its end. After an abort right behind the switch two
 * issuers would end together, and no restart would ever tell which of them is in use.
 */
export async function untilDistinct(
  { clock }: ActivityDependencies,
  { objects }: Survey,
  beat: Beat<Progress>,
): Promise<void> {
  const leftMs =
    Date.parse(objects.issuer.certificate.notBefore) + distinctIssuersMs - clock.nowMs();
  if (leftMs <= 0) return;
  beat.tell({ text: 'waiting until the next issuer can be told from the last by its end' });
  await clock.sleep(leftMs, beat.signal);
}

async function signerReady(
  { kube }: ActivityDependencies,
  { context: { survey } }: RenewIssuerInput,
  beat: Beat<Progress>,
): Promise<void> {
  const { objects, timings } = survey;
  await awaitSigner(kube, objects.clusterIssuer, waitOptions(beat, timings.issuanceTimeoutMs));
}

async function renew(
  { kube }: ActivityDependencies,
  { context, expect }: RenewIssuerInput,
  beat: Beat<Progress>,
): Promise<void> {
  const { objects, timings } = context.survey;
  const ref = certificateRef(objects.linkerdNamespace, objects.identityIssuer);
  await renewIssuerAsOurs(kube, objects, {
    ...waitOptions(beat, timings.issuanceTimeoutMs),
    since: await markBeforeRenewal(kube, ref),
    token: `${context.rotationId}-${expect}`,
  });
}

/**
 * cert-manager may sign once with the CA that it still had in its cache, Ready all the same: only the
 * chain that came out tells. The next attempt renews again.
 */
export function stopAtOtherKind(kind: IssuerKind | undefined, expected: IssuerKind): void {
  if (kind === expected) return;
  throw new Error(
    `The identity issuer came out as kind ${kind ?? 'unknown'} where ${expected} was wanted: cert-manager signed with a CA that it had cached. Next step: it is renewed again; if this stays so, restart cert-manager.`,
  );
}
