import { z } from 'zod';
import type { IssuerReference } from './certificates.ts';
import type { Condition } from './conditions.ts';
import { condition, explainCondition, findCondition, isTrue } from './conditions.ts';
import { isConflict } from './kubernetes/errors.ts';
import type { Kube, RawObject } from './kubernetes/kube.ts';
import { redact } from './kubernetes/redact.ts';
import type { ObjectRef } from './kubernetes/resources.ts';
import { describeObject, resources } from './kubernetes/resources.ts';
import type { WaitOptions } from './wait.ts';
import { waitFor } from './wait.ts';

const revisionAnnotation = 'cert-manager.io/certificate-revision';

export const certificateRequestObject = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    creationTimestamp: z.string().optional(),
    annotations: z.record(z.string(), z.string()).optional(),
    ownerReferences: z.array(z.object({ uid: z.string() })).optional(),
  }),
  spec: z.object({
    /** Base64 of the CSR's PEM. */
    request: z.string(),
    isCA: z.boolean().optional(),
    usages: z.array(z.string()).optional(),
  }),
  status: z
    .object({
      certificate: z.string().optional(),
      ca: z.string().optional(),
      failureTime: z.string().optional(),
      conditions: z.array(condition).optional(),
    })
    .default({}),
});
export type CertificateRequestObject = z.infer<typeof certificateRequestObject>;

/** A request of our own to an issuer, beside every Certificate. */
export interface RequestSpec {
  readonly namespace: string;
  readonly name: string;
  readonly csrPem: string;
  readonly isCa: boolean;
  /** cert-manager's words: `cert sign`, `server auth`, … */
  readonly usages: readonly string[];
  readonly durationMs: number;
  readonly issuerRef: IssuerReference;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface IssuedRequest {
  /** The certificate and what stands between it and the root, PEM. */
  readonly certificatePem: string;
  /** PEM of the signing root, if the issuer gave one. */
  readonly caPem?: string;
}

/** An approver refused the request; only a person can change that. */
export class RequestDeniedError extends Error {
  override readonly name = 'RequestDeniedError';
}

/** The issuer gave the request up. */
export class RequestFailedError extends Error {
  override readonly name = 'RequestFailedError';
}

/**
 * Nobody has judged the request: it was deleted while it was waited for, by a person or by an attempt of
 * our own that was taken for dead and came to its end. The next attempt asks again.
 */
export class RequestGoneError extends Error {
  override readonly name = 'RequestGoneError';
}

export function requestRef(namespace: string, name: string): ObjectRef {
  return { type: resources.certificateRequests, namespace, name };
}

/**
 * Submits a CertificateRequest and waits until it is issued. Idempotent by name: one with the same
 * CSR is taken up; one with another CSR (left over from a process that died) is replaced.
 * @throws RequestDeniedError, RequestFailedError, RequestGoneError, DeadlineError
 */
export async function requestCertificate(
  kube: Kube,
  spec: RequestSpec,
  wait: WaitOptions,
): Promise<IssuedRequest> {
  await submit(kube, spec);
  const ref = requestRef(spec.namespace, spec.name);
  return waitFor(`${describeObject(ref)} to be issued`, wait, async () => {
    const request = await kube.get(ref, certificateRequestObject);
    if (request === undefined)
      throw new RequestGoneError(
        `${describeObject(ref)} was deleted by someone else while it was waited for. Next step: retry.`,
      );
    const outcome = judgeRequest(request);
    switch (outcome.kind) {
      case 'issued':
        return { done: true, value: outcome.issued };
      case 'denied':
        throw new RequestDeniedError(denialText(describeObject(ref), outcome.text));
      case 'failed':
        throw new RequestFailedError(
          `${describeObject(ref)} failed: ${outcome.text}. Next step: look at ${spec.issuerRef.kind ?? 'Issuer'} ${spec.issuerRef.name} and its Secret.`,
        );
      case 'pending':
        return { done: false, progress: `${describeObject(ref)} ${outcome.text}` };
    }
  });
}

/** `false` when there was none. */
export function deleteRequest(kube: Kube, namespace: string, name: string): Promise<boolean> {
  return kube.delete(requestRef(namespace, name));
}

/** The requests that a Certificate made, with their revisions, newest first. */
export async function listOwnedRequests(
  kube: Kube,
  owner: { readonly namespace: string; readonly uid: string },
): Promise<(CertificateRequestObject & { readonly revision: number })[]> {
  const all = await kube.list(resources.certificateRequests, certificateRequestObject, {
    namespace: owner.namespace,
  });
  return all
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === owner.uid))
    .map((request) => ({ ...request, revision: revisionOf(request) }))
    .toSorted((one, other) => other.revision - one.revision);
}

export type RequestOutcome =
  | { readonly kind: 'issued'; readonly issued: IssuedRequest }
  | { readonly kind: 'denied' | 'failed' | 'pending'; readonly text: string };

/** Where a request stands. Denied counts before everything else: it is final and exclusive. */
export function judgeRequest(request: CertificateRequestObject): RequestOutcome {
  const { conditions, certificate, ca } = request.status;
  const ready = findCondition(conditions, 'Ready');
  const denied = findCondition(conditions, 'Denied');
  if (isTrue(denied)) return { kind: 'denied', text: redact(explainCondition(denied)) };
  const invalid = findCondition(conditions, 'InvalidRequest');
  if (isTrue(invalid)) return { kind: 'failed', text: redact(explainCondition(invalid)) };
  if (ready?.reason === 'Failed') return { kind: 'failed', text: redact(explainCondition(ready)) };
  if (isTrue(ready) && certificate !== undefined) {
    return {
      kind: 'issued',
      issued: {
        certificatePem: decode(certificate),
        ...(ca === undefined ? {} : { caPem: decode(ca) }),
      },
    };
  }
  return { kind: 'pending', text: pendingText(conditions, ready) };
}

/** What to tell people about a denied request: whose word it was and that only they can change it. */
export function denialText(request: string, approver: string): string {
  return `${request} was denied by the cluster's approval policy (${approver}). Next step: have the policy approve it, then retry.`;
}

function pendingText(
  conditions: readonly Condition[] | undefined,
  ready: Condition | undefined,
): string {
  if (!isTrue(findCondition(conditions, 'Approved'))) {
    return 'is neither approved nor denied (an approver must decide; cert-manager approves by itself unless that is switched off)';
  }
  return `is approved and waits for its issuer (${redact(explainCondition(ready))})`;
}

/** Has the API server and its webhooks judge a request; nothing is created. @throws KubernetesError */
export async function tryRequest(kube: Kube, spec: RequestSpec): Promise<void> {
  await kube.create(requestRef(spec.namespace, spec.name), bodyOf(spec), { dryRun: true });
}

function bodyOf(spec: RequestSpec): RawObject {
  return {
    metadata: { labels: spec.labels ?? {} },
    spec: {
      request: encodeRequest(spec),
      isCA: spec.isCa,
      usages: spec.usages,
      duration: `${String(Math.floor(spec.durationMs / 1000))}s`,
      issuerRef: { group: 'cert-manager.io', ...spec.issuerRef },
    },
  };
}

function encodeRequest({ csrPem }: RequestSpec): string {
  return Buffer.from(csrPem).toString('base64');
}

async function submit(kube: Kube, spec: RequestSpec): Promise<void> {
  const ref = requestRef(spec.namespace, spec.name);
  const request = encodeRequest(spec);
  const existing = await kube.get(ref, certificateRequestObject);
  // A refused request stays refused: cert-manager never looks at it again.
  const usable =
    existing?.spec.request === request &&
    ['issued', 'pending'].includes(judgeRequest(existing).kind);
  if (usable) return;
  if (existing !== undefined) await kube.delete(ref, { uid: existing.metadata.uid });
  try {
    await kube.create(ref, bodyOf(spec));
  } catch (error) {
    // Another attempt of the same activity was faster; the look that follows tells whose it is.
    if (!isConflict(error) || !error.alreadyExists) throw error;
  }
}

function revisionOf(request: CertificateRequestObject): number {
  const revision = Number(request.metadata.annotations?.[revisionAnnotation]);
  return Number.isInteger(revision) ? revision : 0;
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
