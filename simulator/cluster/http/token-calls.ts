import type { ServiceAccountTokens } from '../api/service-account-tokens.ts';
import type { AccessRequest } from '../cluster-options.ts';

const REQUEST_PATH = /^\/api\/v1\/namespaces\/([^/]+)\/serviceaccounts\/([^/]+)\/token$/;
const REVIEW_PATH = '/apis/authentication.k8s.io/v1/tokenreviews';

interface TokenCall {
  access: Omit<AccessRequest, 'user'>;
  answer: (body: unknown) => object;
}

/** The right that a POST of a TokenRequest or TokenReview needs, and its answer; undefined for any other path. */
export function tokenCall(tokens: ServiceAccountTokens, path: string): TokenCall | undefined {
  const common = { verb: 'create', subresource: '', namespace: '', name: '' };
  if (path === REVIEW_PATH) {
    return {
      access: { ...common, group: 'authentication.k8s.io', resource: 'tokenreviews' },
      answer: (body) => tokens.review(body),
    };
  }
  const [, namespace, name] = REQUEST_PATH.exec(path) ?? [];
  if (namespace === undefined || name === undefined) return undefined;
  const account = { group: '', resource: 'serviceaccounts', subresource: 'token', namespace, name };
  return {
    access: { ...common, ...account },
    answer: (body) => tokens.request({ namespace, name }, body),
  };
}
