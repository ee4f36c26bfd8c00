import type { Method } from './phases.ts';
import type { PlanInputs } from './plan.ts';
import type { Position } from './position.ts';
import { importsAnchor, importsBridge } from './sources.ts';

export interface MethodChoice {
  readonly method: Method;
  readonly because: string;
  /** Set where the person asked for a method that this cluster does not allow. */
  readonly conflict?: string;
}

/**
 * The bridge wherever possible; the overlap where A cannot cross-sign, or where a person wants it.
 * What a cluster has already begun decides before any wish.
 */
export function chooseMethod(inputs: PlanInputs, position: Position): MethodChoice {
  const { request } = inputs;
  const begun = position.kind === 'in-phase' ? position.method : undefined;
  if (begun !== undefined && position.kind === 'in-phase') {
    const wish = request.method;
    return {
      method: begun,
      because: `the cluster has begun it: ${position.because}`,
      ...(wish === 'auto' || wish === begun
        ? {}
        : { conflict: `method ${wish} was asked for, but ${position.because}` }),
    };
  }
  const obstacle = bridgeObstacle(inputs);
  switch (request.method) {
    case 'overlap':
      return { method: 'overlap', because: 'asked for' };
    case 'bridge':
      return {
        method: 'bridge',
        because: 'asked for',
        ...(obstacle === undefined ? {} : { conflict: `a bridge is impossible: ${obstacle}` }),
      };
    case 'auto':
      return obstacle === undefined
        ? { method: 'bridge', because: bridgeReason(inputs) }
        : { method: 'overlap', because: `a bridge is impossible: ${obstacle}` };
  }
}

function bridgeReason({ request }: PlanInputs): string {
  return importsBridge(request)
    ? 'the owner of the anchor in use cross-signs its successor'
    : 'the anchor in use can cross-sign its successor';
}

/** Why A cannot sign the bridge to B, if it cannot. */
function bridgeObstacle(inputs: PlanInputs): string | undefined {
  if (isNewKeyElsewhere(inputs)) {
    return 'the key of the new anchor is never in the cluster, so nothing there can ask for one';
  }
  if (importsBridge(inputs.request)) return undefined;
  if (!canOldAnchorSign(inputs)) return 'the key of the anchor in use is not in the cluster';
  return oldIntermediateNotAfter(inputs) !== undefined
    ? 'the key of the anchor in use is not in the cluster, where an intermediate CA signs for it'
    : undefined;
}

/** Whether an intermediate CA signs for B; before B is handed in nobody knows. */
export function isNewKeyElsewhere({ inventory, anchors, request }: PlanInputs): boolean {
  const { intermediateNotAfter, nextHasIntermediate } = inventory.anchor;
  if (anchors.b !== undefined) return intermediateNotAfter !== undefined;
  return importsAnchor(request) && nextHasIntermediate;
}

/**
 * End of the intermediate CA that signs identity issuers for A, if one does. It signs no bridge: B is to be
 * under A's own key.
 */
export function oldIntermediateNotAfter({
  inventory: { anchor },
  anchors,
}: Pick<PlanInputs, 'inventory' | 'anchors'>): string | undefined {
  return anchors.b === undefined
    ? anchor.intermediateNotAfter
    : anchor.previousIntermediateNotAfter;
}

/** Once B is in the anchor's Secret, only the copy in previous-anchor can have A's key. */
export function canOldAnchorSign({
  inventory,
  anchors,
}: Pick<PlanInputs, 'inventory' | 'anchors'>): boolean {
  return anchors.b === undefined ? inventory.anchor.hasKey : inventory.anchor.previousHasKey;
}
