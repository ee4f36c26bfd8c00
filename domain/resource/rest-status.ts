import type { RotationAnchors } from '../anchors.ts';
import type { SignerSource, TrustObjects } from '../survey.ts';
import type { Verdict } from './conditions.ts';
import { withVerdicts } from './conditions.ts';
import type { PastRotation } from './past-rotation.ts';
import type { ResourceStatus, StatusRotation } from './resource-status.ts';
import { statusCertificate, without } from './resource-status.ts';
import { endPhase, endText } from './rotation-status.ts';
import type { StatusSurroundings } from './rotation-status.ts';
import type { StatusRunway } from './runway-status.ts';
import { expiryVerdict } from './runway-status.ts';
import { issuerKind } from '../trust.ts';

/** The objects of trust while no rotation runs: no proxy is asked. */
export type RestSight =
  | {
      readonly kind: 'seen';
      readonly anchors: RotationAnchors;
      readonly objects: TrustObjects;
      readonly at: string;
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly at: string };

/** The status while no rotation runs. */
export function statusAtRest(
  before: ResourceStatus,
  sight: RestSight,
  around: StatusSurroundings,
): ResourceStatus {
  const [last] = before.rotations;
  const status = {
    ...without(before, 'gate', 'waiting', 'rotation'),
    ...(last === undefined ? {} : { rotation: lastRotation(before, last, around) }),
    phase: last === undefined ? 'Idle' : endPhase(last.outcome),
    progress: last === undefined ? '' : (last.reason ?? endText(last.outcome)),
    laggards: [],
    unnamedLaggards: 0,
    surveyedAt: sight.at,
    conditions: withVerdicts(
      before.conditions,
      verdicts(sight, last, { ...around, runway: before.runway }),
      {
        iso: sight.at,
        generation: around.generation,
      },
    ),
  };
  if (sight.kind === 'failed') return status;
  const { anchors, objects } = sight;
  const { fingerprint, notAfter } = objects.issuer.certificate;
  return {
    ...status,
    anchors: {
      current: statusCertificate(anchors.a.certificate),
      ...(anchors.b === undefined ? {} : { next: statusCertificate(anchors.b.certificate) }),
    },
    issuer: { fingerprint, notAfter },
  };
}

/** What stands there of the last rotation, if it is of that one; its end always is. */
function lastRotation(
  { rotation }: ResourceStatus,
  last: PastRotation,
  { webUi }: StatusSurroundings,
): StatusRotation {
  const { id, runId, requestedBy, trigger, method, startedAt, endedAt, outcome } = last;
  return {
    ...(rotation?.runId === runId ? rotation : {}),
    id,
    runId,
    requestedBy,
    ...(trigger === undefined ? {} : { trigger }),
    ...(method === undefined ? {} : { method }),
    ...(webUi === undefined ? {} : { webUi }),
    startedAt,
    updatedAt: endedAt,
    condition: outcome,
  };
}

function verdicts(
  sight: RestSight,
  last: PastRotation | undefined,
  around: StatusSurroundings & { readonly runway: StatusRunway | undefined },
): readonly Verdict[] {
  const still: readonly Verdict[] = [
    {
      type: 'Progressing',
      status: 'False',
      reason: last === undefined ? 'AtRest' : endPhase(last.outcome),
      message: last === undefined ? 'no rotation has run' : (last.reason ?? endText(last.outcome)),
    },
    { type: 'Blocked', status: 'False', reason: 'NotBlocked', message: '' },
  ];
  if (sight.kind === 'failed') {
    return [unready('SurveyFailed', sight.reason), ...still];
  }
  const expiry = expiryVerdict(sight.anchors.a.certificate, around.runway, around);
  return [readiness(sight, last, around.nowMs), ...still, expiry];
}

function readiness(
  { anchors, objects }: Extract<RestSight, { kind: 'seen' }>,
  last: PastRotation | undefined,
  nowMs: number,
): Verdict {
  const { issuer, bundle, signer } = objects;
  const { b } = anchors;
  const isLeftOver = b !== undefined && issuerKind(issuer.under) === 'b';
  if (!isLeftOver && Date.parse(anchors.a.certificate.notAfter) <= nowMs) {
    return unready('AnchorExpired', 'the trust anchor has ended: linkerd-identity issues nothing');
  }
  if (Date.parse(issuer.certificate.notAfter) <= nowMs) {
    return unready(
      'IssuerExpired',
      'the identity issuer has ended: linkerd-identity issues nothing',
    );
  }
  if (issuer.under.a !== 'yes' && issuer.under.b !== 'yes') {
    return unready(
      'IssuerNotTrusted',
      'the identity issuer does not verify under an anchor of the mesh: renew its Certificate',
    );
  }
  if (b !== undefined) return unfinished(b.certificate.fingerprint, signer.source, last);
  if (signer.source !== 'trust-anchor') {
    return unready(
      'SignerMoved',
      `the ClusterIssuer signs from Secret ${signer.secretName}, not from the trust anchor's: ${nextTrigger}`,
    );
  }
  if (bundle.hazard !== undefined) return unready('BundleUnfit', bundle.hazard);
  if (bundle.divergentTargets.length > 0) {
    const [first = ''] = bundle.divergentTargets;
    const count = String(bundle.divergentTargets.length);
    return unready('BundleDiverges', `the bundle differs in ${count} namespaces, first ${first}`);
  }
  return {
    type: 'Ready',
    status: 'True',
    reason: 'AtRest',
    message: 'one anchor, trusted everywhere',
  };
}

/** What began nothing has not taken the anchor up, and the issuer's next renewal is signed by it. */
function unfinished(
  newAnchor: string,
  signer: SignerSource,
  last: PastRotation | undefined,
): Verdict {
  const isMissed = last?.outcome === 'not-started' && signer === 'trust-anchor';
  return last?.newAnchor === newAnchor && !isMissed
    ? unready('RotationUnfinished', `the last rotation ended as ${last.outcome}: ${nextTrigger}`)
    : unready('AnchorRenewed', `the anchor was renewed outside of a rotation: ${nextTrigger}`);
}

const nextTrigger = 'a new value of spec.trigger starts a rotation that goes on from here';

function unready(reason: string, message: string): Verdict {
  return { type: 'Ready', status: 'False', reason, message };
}
