import { identifyAnchors, rotationId } from '../domain/anchors.ts';
import { record } from '../domain/foreign-hands.ts';
import type { IssuerEpoch } from '../domain/history.ts';
import { rememberIssuer } from '../domain/history.ts';
import { refusals } from '../domain/invariants.ts';
import type { IssuerRenewalRequest } from '../domain/issuer-renewal.ts';
import { judgeRenewal } from '../domain/issuer-renewal.ts';
import type { SurveyRequest } from '../domain/observation.ts';
import { probelessRequest } from '../domain/observation.ts';
import type { RotationContext } from '../domain/rotation-context.ts';
import type { Survey } from '../domain/survey.ts';
import { objectFingerprints } from '../domain/survey-summary.ts';
import type { IssuerKind } from '../domain/trust.ts';
import { markBeforeRenewal } from '../mesh/certificate-renewal.ts';
import { certificateRef } from '../mesh/certificates.ts';
import { renewIssuerAsOurs } from '../mesh/own-issuer-renewal.ts';
import type { RenewalMark } from '../mesh/renewal-outcome.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { FailureType } from './failures.ts';
import { stopAtForeignHands, stopAtRefusals, surveyed } from './guard.ts';
import { kindOf, stopAtOtherKind, untilDistinct } from './issuer.ts';
import { mapErrors } from './map-errors.ts';
import type { Beat, Progress } from './progress.ts';
import { progressOptions, waitOptions, withHeartbeat } from './progress.ts';
import { knownFailure } from './to-failure.ts';

/** What the renewal of the identity issuer alone may ask of a cluster, besides what a rotation may. */
export interface IssuerRenewalActivities {
  /** Surveys, and judges whether a renewal changes nothing but the issuer. */
  readonly lookAtIssuer: (input: LookAtIssuerInput) => Promise<IssuerSight>;
  /** Renews the issuer Certificate. Idempotent by its mark; refused with `MutationRefused`. */
  readonly renewIssuerInPlace: (input: RenewInPlaceInput) => Promise<RenewedIssuer>;
}

export interface LookAtIssuerInput {
  readonly request: IssuerRenewalRequest;
}

export interface IssuerSight {
  readonly context: RotationContext;
  readonly verdict: ReturnType<typeof judgeRenewal>;
  readonly issuer: IssuerEpoch;
  /** The Certificate before anything was asked of cert-manager. */
  readonly mark: RenewalMark;
}

export interface RenewInPlaceInput {
  readonly context: RotationContext;
  readonly kind: IssuerKind;
  readonly mark: RenewalMark;
  /** Names this renewal, so that a retried attempt knows its own trigger. */
  readonly token: string;
}

export interface RenewedIssuer {
  readonly issuer: IssuerEpoch;
}

export function createIssuerRenewalActivities(deps: ActivityDependencies): IssuerRenewalActivities {
  return mapErrors<IssuerRenewalActivities>({
    lookAtIssuer: ({ request }) =>
      withHeartbeat({ text: 'looking at the identity issuer' }, (beat) =>
        lookAtIssuer(deps, request, beat),
      ),
    renewIssuerInPlace: (input) =>
      withHeartbeat({ text: 'renewing the identity issuer' }, (beat) =>
        renewInPlace(deps, input, beat),
      ),
  });
}

async function lookAtIssuer(
  { kube, surveyor }: ActivityDependencies,
  { objects, timings }: IssuerRenewalRequest,
  beat: Beat<Progress>,
): Promise<IssuerSight> {
  const anchors = identifyAnchors(await surveyor.discover(objects));
  // The anchors stay: what is asked is who presents and who signs what, which takes no probe.
  const request = probelessRequest({ objects, timings, anchors });
  const survey = await surveyor.survey(request, progressOptions(beat));
  const issuer = epochOf(survey);
  return {
    context: {
      rotationId: rotationId(anchors),
      survey: { ...request, issuerHistory: rememberIssuer([], issuer) },
      recorded: record(objectFingerprints(survey)),
    },
    verdict: judgeRenewal(survey, anchors),
    issuer,
    mark: await markBeforeRenewal(kube, issuerRef(request)),
  };
}

async function renewInPlace(
  deps: ActivityDependencies,
  { context, kind, mark, token }: RenewInPlaceInput,
  beat: Beat<Progress>,
): Promise<RenewedIssuer> {
  const before = await surveyed(deps, context, beat);
  // An earlier attempt, or cert-manager by itself, has renewed it since the mark.
  if (before.objects.issuer.certificate.fingerprint === mark.fingerprint) {
    stopAtForeignHands(context, before);
    const verdict = judgeRenewal(before, context.survey.anchors);
    if ('refusal' in verdict) throw knownFailure(FailureType.MutationRefused, verdict.refusal);
    stopAtRefusals(refusals(before, { kind: 'let-issuer-sign', issuer: kind }));
    await untilDistinct(deps, before, beat);
    const { timings } = context.survey;
    await renewIssuerAsOurs(deps.kube, context.survey.objects, {
      ...waitOptions(beat, timings.issuanceTimeoutMs),
      since: mark,
      token,
    });
  }
  const after = await surveyed(deps, context, beat);
  stopAtOtherKind(kindOf(after), kind);
  return { issuer: epochOf(after) };
}

function issuerRef({ objects }: SurveyRequest): ReturnType<typeof certificateRef> {
  return certificateRef(objects.linkerdNamespace, objects.identityIssuer);
}

function epochOf({ objects }: Survey): IssuerEpoch {
  const { certificate, under } = objects.issuer;
  return { fingerprint: certificate.fingerprint, notAfter: certificate.notAfter, under };
}
