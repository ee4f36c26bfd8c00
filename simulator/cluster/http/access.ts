import { z } from 'zod';
import type { AccessRequest, Authorize } from '../cluster-options.ts';
import { KubeError, badRequest } from '../kube-error.ts';
import type { RequestTarget } from './request-target.ts';

/** The RBAC verb of a request. */
export function verbOf(method: string, target: RequestTarget, isWatch: boolean): string {
  if (method === 'GET') return isWatch ? 'watch' : target.name === undefined ? 'list' : 'get';
  const verbs: Record<string, string> = {
    POST: 'create',
    PUT: 'update',
    PATCH: 'patch',
    DELETE: 'delete',
  };
  return verbs[method] ?? method.toLowerCase();
}

/** The name a request is about: that of its path, else the one that its field selector asks for. */
export function nameOf(target: RequestTarget, query: URLSearchParams): string {
  const selected = /(?:^|,)metadata\.name==?([^,]+)/.exec(query.get('fieldSelector') ?? '');
  return target.name ?? selected?.[1] ?? '';
}

/** Throws 403 Forbidden in Kubernetes' words unless the user may do this. */
export function requireAccess(authorize: Authorize, access: AccessRequest): void {
  if (authorize(access, false)) return;
  const { user, verb, group, namespace, name } = access;
  const resource = access.subresource
    ? `${access.resource}/${access.subresource}`
    : access.resource;
  const what = `${resource}${group ? `.${group}` : ''}${name ? ` "${name}"` : ''}`;
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  const message =
    `${what} is forbidden: User "${user}" cannot ${verb} resource "${resource}" ` +
    `in API group "${group}" ${where}`;
  throw new KubeError(403, 'Forbidden', { message });
}

const reviewSchema = z.looseObject({
  spec: z.looseObject({
    resourceAttributes: z
      .looseObject({
        verb: z.string().default(''),
        group: z.string().default(''),
        resource: z.string().default(''),
        subresource: z.string().default(''),
        namespace: z.string().default(''),
        name: z.string().default(''),
      })
      .optional(),
  }),
});

/** Answers a SelfSubjectAccessReview by the same rule that guards the requests. */
export function reviewAccess(authorize: Authorize, user: string, body: string): object {
  const parsed = reviewSchema.safeParse(JSON.parse(body));
  if (!parsed.success) throw badRequest(`the review could not be decoded: ${parsed.error.message}`);
  const attributes = parsed.data.spec.resourceAttributes;
  const allowed = attributes === undefined || authorize({ user, ...attributes }, true);
  return {
    kind: 'SelfSubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec: parsed.data.spec,
    status: { allowed, ...(allowed ? {} : { reason: `${user} has no such right` }) },
  };
}
