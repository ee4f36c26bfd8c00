import type { Laggard } from './convergence.ts';
import type { PlanInputs } from './plan.ts';
import { canOldAnchorSign, isNewKeyElsewhere } from './plan-method.ts';
import { importsBridge } from './sources.ts';
import { issuerKind } from './trust.ts';

/** What no wait will cure where the bridge is to be handed in, or has been waited for in vain. */
export function importBlockers(
  inputs: PlanInputs,
  { expectedDurationMs }: { readonly expectedDurationMs: number },
): readonly Laggard[] {
  return [...wishBlockers(inputs), ...frozenIssuerBlockers(inputs, expectedDurationMs)];
}

function wishBlockers(inputs: PlanInputs): readonly Laggard[] {
  const { request } = inputs;
  if (!importsBridge(request)) return [];
  if (isNewKeyElsewhere(inputs)) {
    return [
      {
        what: 'imported bridge',
        reason:
          'cannot be asked for: the key of the new anchor, which would sign the request, is never in the cluster',
        remedy: 'let cert-manager be the source of the bridge: the plan then overlaps',
      },
    ];
  }
  if (request.method !== 'overlap') return [];
  return [
    {
      what: 'imported bridge',
      reason: 'method overlap makes no bridge that could be handed in',
      remedy: 'leave the method to the plan, or let cert-manager be the source of the bridge',
    },
  ];
}

/** Pinned to an anchor whose key is elsewhere, the signer renews nothing until the bridge is there. */
function frozenIssuerBlockers(inputs: PlanInputs, expectedDurationMs: number): readonly Laggard[] {
  const { takenAt, objects } = inputs.survey;
  const { certificate, under } = objects.issuer;
  const isPinned = importsBridge(inputs.request) || objects.signer.source === 'previous-anchor';
  if (!isPinned || canOldAnchorSign(inputs) || issuerKind(under) !== 'a') return [];
  if (Date.parse(certificate.notAfter) > Date.parse(takenAt) + expectedDurationMs) return [];
  return [
    {
      what: 'identity issuer',
      reason: `ends on ${certificate.notAfter}, and nothing can renew it before the switch: the key of the anchor in use is not in the cluster`,
      remedy: 'bring that key back for one renewal of the issuer, or choose a faster pace',
    },
  ];
}
