import type { Kube } from '../../mesh/kubernetes/kube.ts';
import { redact } from '../../mesh/kubernetes/redact.ts';
import { messageOf } from '../../mesh/observation/errors.ts';
import type { Log } from '../../mesh/observation/log.ts';
import { resourceRef } from '../../mesh/resource/resource-ref.ts';
import { rotationResource } from '../../mesh/resource/rotation-resource.ts';
import type { RightsOptions } from '../../mesh/rights.ts';
import { operatorRights, rightsOf } from '../../mesh/rights.ts';
import { describeMissingRight, missingRights } from '../../mesh/rights-check.ts';

const nextStep =
  'grant them to the account of this worker, as the chart trust-rotation-operator does with rbac.create=true';

/**
 * Says in the log which rights an operator lacks: its own, and those of the rotations that its resource
 * would start. Without a resource nobody has said what the objects of the mesh are. Never throws.
 */
export async function tellMissingRights(
  { kube, log }: { readonly kube: Kube; readonly log: Log },
  { reachProxiesBy }: Required<Pick<RightsOptions, 'reachProxiesBy'>>,
): Promise<void> {
  try {
    // Who may not read it lacks a right that is named all the same.
    const resource = await kube.get(resourceRef, rotationResource).catch(() => undefined);
    const rights =
      resource === undefined
        ? operatorRights()
        : rightsOf(resource.spec.objects, {
            reachProxiesBy,
            isOperator: true,
            sources: resource.spec.sources,
          });
    const missing = (await missingRights(kube, rights)).map(describeMissingRight);
    if (missing.length > 0) log.warn({ missing, nextStep }, 'the operator lacks rights');
  } catch (error) {
    const reason = redact(messageOf(error));
    log.warn({ reason }, 'the rights of the operator could not be looked at');
  }
}
