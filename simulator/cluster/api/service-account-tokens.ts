import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { badRequest, conflict, invalid, notFound } from '../kube-error.ts';
import { timestamp } from '../names.ts';
import { PODS, SERVICE_ACCOUNTS } from '../resources.ts';
import type { Resource } from '../resources.ts';
import type { ObjectKey, Store } from '../store.ts';

/** The audience of tokens and reviews that name none. */
const API_SERVER = 'https://kubernetes.default.svc.cluster.local';
const SHORTEST_SECONDS = 600;

const audiences = z.array(z.string()).default([]);
const requestSchema = z.looseObject({
  spec: z.looseObject({
    audiences,
    expirationSeconds: z.number().default(3_600),
    boundObjectRef: z
      .object({ kind: z.literal('Pod'), name: z.string(), uid: z.string().optional() })
      .nullish(),
  }),
});
const reviewSchema = z.looseObject({
  spec: z.looseObject({ token: z.string().min(1), audiences }),
});

/** What a token stands for: Kubernetes writes it into the token, this server remembers it. */
interface Claims {
  readonly account: ObjectKey;
  /** The token lives no longer than each of these. */
  readonly bound: readonly { resource: Resource; key: ObjectKey; uid: string }[];
  readonly audiences: readonly string[];
  readonly expiresMs: number;
}

/** TokenRequest and TokenReview. */
export class ServiceAccountTokens {
  private readonly store: Store;
  private readonly issued = new Map<string, Claims>();

  constructor(store: Store) {
    this.store = store;
  }

  /** Answers a TokenRequest. Throws KubeError when the service account or the bound pod does not allow it. */
  request(key: ObjectKey, body: unknown): object {
    const parsed = requestSchema.safeParse(body);
    if (!parsed.success) throw badRequest(`not a TokenRequest: ${parsed.error.message}`);
    const { spec } = parsed.data;
    const account = this.store.get(SERVICE_ACCOUNTS, key);
    if (account === undefined) throw notFound(SERVICE_ACCOUNTS, key.name);
    if (spec.expirationSeconds < SHORTEST_SECONDS) {
      const why = 'may not specify a duration less than 10 minutes';
      throw invalid(SERVICE_ACCOUNTS, key.name, `spec.expirationSeconds: Invalid value: ${why}`);
    }
    const bound = [{ resource: SERVICE_ACCOUNTS, key, uid: account.metadata.uid }];
    if (spec.boundObjectRef) bound.push(this.bindTo(key, spec.boundObjectRef));
    const expiresMs = Date.now() + spec.expirationSeconds * 1_000;
    const token = randomBytes(48).toString('base64url');
    this.issued.set(token, {
      account: key,
      bound,
      audiences: spec.audiences.length > 0 ? spec.audiences : [API_SERVER],
      expiresMs,
    });
    const status = { token, expirationTimestamp: timestamp(new Date(expiresMs)) };
    return { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', spec, status };
  }

  /** Answers a TokenReview: whose token it is, or why it is nobody's. */
  review(body: unknown): object {
    const parsed = reviewSchema.safeParse(body);
    if (!parsed.success) throw badRequest(`not a TokenReview: ${parsed.error.message}`);
    const { spec } = parsed.data;
    const claims = this.issued.get(spec.token);
    const wanted = spec.audiences.length > 0 ? spec.audiences : [API_SERVER];
    const error = this.fault(claims, wanted);
    const { namespace = '', name = '' } = claims?.account ?? {};
    const username = `system:serviceaccount:${namespace}:${name}`;
    const status =
      error === undefined
        ? { authenticated: true, user: { username }, audiences: wanted }
        : { authenticated: false, error };
    return { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', spec, status };
  }

  private bindTo(
    { namespace, name: account }: ObjectKey,
    { name, uid }: { readonly name: string; readonly uid?: string | undefined },
  ): Claims['bound'][number] {
    const key = { namespace, name };
    const pod = this.store.get(PODS, key);
    if (pod === undefined) throw notFound(PODS, name);
    if (pod.spec['serviceAccountName'] !== account)
      throw badRequest(`cannot bind a token of "${account}" to a pod of another service account`);
    if (uid !== undefined && uid !== pod.metadata.uid)
      throw conflict(PODS, name, `the UID in the bound object reference (${uid}) does not match`);
    return { resource: PODS, key, uid: pod.metadata.uid };
  }

  /** Why a token does not hold (any more) for these audiences. */
  private fault(claims: Claims | undefined, wanted: readonly string[]): string | undefined {
    if (claims === undefined) return 'invalid bearer token';
    const { bound, audiences: granted, expiresMs } = claims;
    if (!granted.some((audience) => wanted.includes(audience)))
      return `token audiences ${JSON.stringify(granted)} are not ${JSON.stringify(wanted)}`;
    if (expiresMs < Date.now()) return 'service account token has expired';
    const lives = bound.every(
      ({ resource, key, uid }) => this.store.get(resource, key)?.metadata.uid === uid,
    );
    return lives ? undefined : 'service account token has been invalidated';
  }
}
