import type { Certificate } from '../cert-manager-objects.ts';
import { withCondition } from '../controllers/conditions.ts';
import type { Condition, OwnerReference } from '../objects.ts';
import { CERTIFICATES } from '../resources.ts';
import type { CertManagerContext } from './context.ts';

/** Writes the status of a Certificate. */
export function updateStatus(
  cm: CertManagerContext,
  { metadata }: Certificate,
  options: { manager: string; edit: (status: NonNullable<Certificate['status']>) => void },
): void {
  const key = { namespace: metadata.namespace, name: metadata.name };
  cm.api.modify(CERTIFICATES, key, {
    manager: `cert-manager-certificates-${options.manager}`,
    subresource: 'status',
    edit: (draft) => options.edit((draft.status ??= {})),
  });
}

/** The status's conditions with one set that has seen this generation of the Certificate. */
export function certificateCondition(
  { metadata }: Certificate,
  status: NonNullable<Certificate['status']>,
  condition: Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>,
): Condition[] {
  const observedGeneration = metadata.generation ?? 1;
  return withCondition(status.conditions, { ...condition, observedGeneration });
}

/** The reference by which what serves a Certificate goes with it. */
export function ownerOf({ apiVersion, kind, metadata }: Certificate): OwnerReference {
  const { name, uid } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}
