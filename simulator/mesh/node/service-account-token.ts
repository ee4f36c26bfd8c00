import { z } from 'zod';

import type { KubeApi } from '../kube/kube-api.ts';
import type { PodObject, TokenProjection } from './pod-object.ts';

/** A token is renewed after this share of its life, and after a day at the latest (Kubernetes' `token_manager.go`). */
const renewalShare = 0.8;
const longestUseMs = 24 * 3_600_000;
/** Pods that started together do not renew together. */
const jitterMs = 10_000;

const tokenRequest = z.object({
  status: z.object({ token: z.string(), expirationTimestamp: z.string() }),
});

/**
 * The token of a pod's projected volume, bound to the pod: requested at the first read, and again
 * before it expires. A renewal that fails leaves the old token while that is good.
 *
 * @returns how to read it; throws when there is no token that holds.
 */
export function projectedToken(
  api: KubeApi,
  { metadata, spec }: PodObject,
  { audience, expirationSeconds }: TokenProjection,
): () => Promise<string> {
  const { namespace, name, uid } = metadata;
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${spec.serviceAccountName}/token`;
  let held:
    { readonly token: string; readonly renewMs: number; readonly endMs: number } | undefined;

  async function request(): Promise<string> {
    const askedMs = Date.now();
    const answer = await api.create(path, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: audience === undefined ? [] : [audience],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    });
    const { token, expirationTimestamp } = tokenRequest.parse(answer).status;
    const endMs = Date.parse(expirationTimestamp);
    const useMs = Math.min((endMs - askedMs) * renewalShare, longestUseMs);
    held = { token, endMs, renewMs: askedMs + useMs - Math.random() * jitterMs };
    return token;
  }

  return async () => {
    if (held === undefined) return request();
    if (Date.now() < held.renewMs) return held.token;
    const { token, endMs } = held;
    return request().catch((error: unknown) => {
      if (Date.now() < endMs) return token;
      throw error;
    });
  };
}
