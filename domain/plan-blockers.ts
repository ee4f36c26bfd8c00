import { isInDate } from './certificate.ts';
import type { Laggard } from './convergence.ts';
import { importBlockers } from './import-blockers.ts';
import { paceIsPossible } from './phases.ts';
import type { PlanInputs } from './plan.ts';
import type { MethodChoice } from './plan-method.ts';
import { outsiderLaggard } from './outsiders.ts';
import { canOldAnchorSign } from './plan-method.ts';
import type { Position } from './position.ts';
import { importsAnchor, importsBridge } from './sources.ts';
import { successorFaults } from './successor.ts';
import type { Survey } from './survey.ts';
import { workloadName } from './survey.ts';
import { issuerKind } from './trust.ts';

/** Node clocks may lie this far behind: fresh certificates are not backdated. */
const maxClockLagMs = 5_000;

/** Everything that no wait will cure, found before anything is changed. */
export function planBlockers(
  inputs: PlanInputs,
  position: Position,
  outlook: {
    readonly choice: MethodChoice;
    readonly expectedDurationMs: number;
    readonly deadlineMs: number;
  },
): readonly Laggard[] {
  const outage = anchorOutage(inputs);
  // Whatever else would stand in the way follows from it, and its remedy would mislead.
  if (outage !== undefined) return [outage];
  return [
    ...inputs.inventory.obstacles,
    ...positionBlockers(position),
    ...wishBlockers(inputs, outlook.choice),
    ...anchorBlockers(inputs),
    ...importBlockers(inputs, outlook),
    ...renewalBlockers(inputs, outlook.deadlineMs),
    ...unpinnedBlockers(inputs, outlook),
    ...fleetBlockers(inputs, outlook.choice),
    ...identityBlockers(inputs.survey),
    ...outsiderBlockers(inputs.survey),
    ...clockBlockers(inputs),
    ...deadlineBlockers(inputs.survey, outlook),
  ];
}

function positionBlockers(position: Position): readonly Laggard[] {
  if (position.kind === 'in-phase') return [];
  return [{ what: 'cluster', reason: position.because, remedy: position.remedy }];
}

function wishBlockers({ request }: PlanInputs, choice: MethodChoice): readonly Laggard[] {
  const blockers: Laggard[] = [];
  if (choice.conflict !== undefined) {
    blockers.push({
      what: `method ${request.method}`,
      reason: choice.conflict,
      remedy: 'leave the method to the plan (--method auto)',
    });
  }
  if (!paceIsPossible(choice.method, request.pace)) {
    blockers.push({
      what: `pace ${request.pace}`,
      reason: `method ${choice.method} spreads anchors by restarts, so it cannot do without them`,
      remedy: 'choose pace steady or urgent',
    });
  }
  return blockers;
}

function anchorOutage({ anchors, survey }: PlanInputs): Laggard | undefined {
  const { certificate } = anchors.a;
  if (isInDate(certificate, Date.parse(survey.takenAt))) return undefined;
  // One that is only left over in a bundle or a pod may end: leaves are issued under the next.
  if (issuerKind(survey.objects.issuer.under) === 'b') return undefined;
  return {
    what: 'trust anchor in use',
    reason: `is outside its dates (ends ${certificate.notAfter}); linkerd-identity issues nothing any more`,
    remedy:
      'replace it by the emergency procedure of the runbook: this is an outage, not a rotation',
  };
}

function anchorBlockers(inputs: PlanInputs): readonly Laggard[] {
  const { inventory, anchors, survey, request } = inputs;
  const blockers: Laggard[] = [];
  if (!importsAnchor(request) && inventory.anchor.rotationPolicy !== 'Always') {
    blockers.push({
      what: 'trust anchor Certificate',
      reason: `privateKey.rotationPolicy is ${inventory.anchor.rotationPolicy ?? 'not set'}: a renewal may keep the old key`,
      remedy: 'set spec.privateKey.rotationPolicy to Always',
    });
  }
  if (
    !importsAnchor(request) &&
    anchors.b === undefined &&
    inventory.anchor.intermediateNotAfter !== undefined
  ) {
    blockers.push({
      what: 'trust anchor Certificate',
      reason:
        'would renew an intermediate CA, which signs for a trust anchor that nothing in the cluster can make anew',
      remedy: "let the anchor's owner hand the next one in (--anchor-source imported)",
    });
  }
  if (anchors.b !== undefined)
    blockers.push(...successorFaults(anchors.b.certificate, anchors.a.certificate));
  if (survey.objects.issuer.certificate.subject === anchors.a.certificate.subject) {
    blockers.push({
      what: 'identity issuer',
      reason: 'has the same subject as the trust anchor, which path building cannot tell apart',
      remedy: 'give the two Certificates different common names and renew the issuer',
    });
  }
  return blockers;
}

function renewalBlockers(
  { inventory, survey }: PlanInputs,
  deadlineMs: number,
): readonly Laggard[] {
  const { anchor, certManager } = inventory;
  if (certManager.canDisableRenewal || anchor.renewalTime === undefined) return [];
  const dueMs = Date.parse(anchor.renewalTime);
  const nowMs = Date.parse(survey.takenAt);
  if (dueMs > Math.max(deadlineMs, nowMs)) return [];
  return [
    {
      what: 'trust anchor Certificate',
      reason: `cert-manager renews it by itself on ${anchor.renewalTime}, in the middle of a rotation`,
      remedy: 'shorten spec.renewBefore, or use cert-manager 1.21 or later',
    },
  ];
}

/** Without A's key nothing keeps a renewal of the issuer from coming out under B before its time. */
function unpinnedBlockers(
  inputs: PlanInputs,
  { expectedDurationMs }: { readonly expectedDurationMs: number },
): readonly Laggard[] {
  const { anchors, inventory, survey, request } = inputs;
  // For a bridge that is handed in, the signer is pinned to a Secret without a key: nothing is renewed.
  if (importsBridge(request)) return [];
  const { renewalTime } = inventory.issuer;
  const { signer, issuer } = survey.objects;
  const isExposed = signer.source === 'trust-anchor' && issuerKind(issuer.under) === 'a';
  if (anchors.b === undefined || canOldAnchorSign(inputs) || !isExposed) return [];
  const endMs = Date.parse(survey.takenAt) + expectedDurationMs;
  if (renewalTime === undefined || Date.parse(renewalTime) > endMs) return [];
  return [
    {
      what: 'identity issuer Certificate',
      reason: `cert-manager renews it by itself on ${renewalTime}, and the signer cannot be pinned to the anchor in use, whose key is not in the cluster`,
      remedy: 'lengthen spec.duration or shorten spec.renewBefore of it',
    },
  ];
}

function fleetBlockers(
  { inventory, request }: PlanInputs,
  choice: MethodChoice,
): readonly Laggard[] {
  const restartsAreForced = !(choice.method === 'bridge' && request.pace === 'natural');
  if (!restartsAreForced) return [];
  const excepted = request.exceptions.map(({ name }) => name);
  return inventory.workloads
    .filter(({ workload }) => !excepted.includes(workloadName(workload)))
    .flatMap(({ workload, cannotRestart }) =>
      cannotRestart === undefined
        ? []
        : [
            {
              what: workloadName(workload),
              reason: cannotRestart,
              remedy: 'change that, restart it yourself when it is asked for, or except it by name',
            },
          ],
    );
}

/** No gate could ever see that such a replica has taken an issuer up, and no restart would help. */
function identityBlockers({ identity }: Survey): readonly Laggard[] {
  return identity
    .filter(({ isIssuerUntold }) => isIssuerUntold === true)
    .map(({ pod }) => ({
      what: `identity replica ${pod}`,
      reason: 'does not tell which issuer it signs with (metric issuer_cert_ttl_seconds)',
      remedy: 'upgrade Linkerd to edge-25.2.1, 2.18 or later first',
    }));
}

function outsiderBlockers(survey: Survey): readonly Laggard[] {
  return survey.outsiders.map(outsiderLaggard);
}

function clockBlockers({ inventory }: PlanInputs): readonly Laggard[] {
  if (inventory.clockLagMs <= maxClockLagMs) return [];
  return [
    {
      what: 'node clocks',
      reason: `lie up to ${String(Math.round(inventory.clockLagMs / 1_000))} s behind; fresh certificates would be refused there`,
      remedy: 'repair time synchronisation on the nodes',
    },
  ];
}

function deadlineBlockers(
  survey: Survey,
  {
    expectedDurationMs,
    deadlineMs,
  }: { readonly expectedDurationMs: number; readonly deadlineMs: number },
): readonly Laggard[] {
  const endMs = Date.parse(survey.takenAt) + expectedDurationMs;
  if (endMs <= deadlineMs) return [];
  return [
    {
      what: 'hard deadline',
      reason: `the rotation would end after ${new Date(deadlineMs).toISOString()}, too close to the end of the anchor in use, or of what signs under it`,
      remedy: 'choose a faster pace',
    },
  ];
}
