import { z } from 'zod';

import type { KubeApi } from '../kube/kube-api.ts';
import { identityAudience, identityName } from '../linkerd-names.ts';

const tokenReview = z.object({
  status: z.object({
    authenticated: z.boolean().default(false),
    error: z.string().default(''),
    user: z.object({ username: z.string() }).optional(),
  }),
});

/**
 * The identity of the service account that a proxy's token belongs to, as the API server says
 * (linkerd2 `controller/identity/validator.go`).
 *
 * @throws when the token is nobody's, or was made for another audience.
 */
export async function identityOfToken(api: KubeApi, token: string): Promise<string> {
  const answer = await api.create('/apis/authentication.k8s.io/v1/tokenreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token, audiences: [identityAudience] },
  });
  const { authenticated, error, user } = tokenReview.parse(answer).status;
  if (error !== '') throw new Error(error);
  if (!authenticated) throw new Error('authentication token could not be authenticated');
  const [, namespace, name] =
    /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user?.username ?? '') ?? [];
  if (namespace === undefined || name === undefined) {
    throw new Error(`Username must be in form system:TYPE:NS:SA: ${user?.username ?? ''}`);
  }
  return identityName(name, namespace);
}
