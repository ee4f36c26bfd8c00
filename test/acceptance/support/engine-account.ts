import type { RoleSubject } from '../../../mesh/roles.ts';
import { userOf } from '../../support/rbac.ts';

/** Who the worker is in the cluster. */
export const engineAccount: RoleSubject = {
  kind: 'ServiceAccount',
  namespace: 'linkerd-trust',
  // As the operator's chart names it by default.
  name: 'trust-rotation-operator',
};

/** The user that this ServiceAccount is for the API server. */
export const engineUser = userOf(engineAccount);
