import { documentedObjects } from '../../../domain/objects.ts';
import { rightsOf } from '../../../mesh/rights.ts';
import type { RoleSubject } from '../../../mesh/roles.ts';
import { rolesFor } from '../../../mesh/roles.ts';
import { userOf } from '../../support/rbac.ts';

/** Who the worker is in the cluster. */
export const engineAccount: RoleSubject = {
  kind: 'ServiceAccount',
  namespace: 'linkerd-trust',
  name: 'linkerd-trust-rotation',
};

/** The user that this ServiceAccount is for the API server. */
export const engineUser = userOf(engineAccount);

/** What it may do there: nothing but what stands in the product's own table. */
export const engineRoles = rolesFor(rightsOf(documentedObjects), engineAccount);

/** The same for one that reconciles the resource. */
export const operatorRoles = rolesFor(
  rightsOf(documentedObjects, { isOperator: true }),
  engineAccount,
);
