import { z } from 'zod';
import { deleteRequest, requestCertificate } from './certificate-requests.ts';
import { createSigningRequest } from './certificate-signing-request.ts';
import { condition, explainCondition, findCondition, isTrue } from './conditions.ts';
import type { Kube } from './kubernetes/kube.ts';
import { redact } from './kubernetes/redact.ts';
import type { ObjectRef } from './kubernetes/resources.ts';
import { describeObject, resources } from './kubernetes/resources.ts';
import type { WaitOptions } from './wait.ts';
import { waitFor } from './wait.ts';

const issuerObject = z.object({
  metadata: z.object({ resourceVersion: z.string(), generation: z.number().default(0) }),
  spec: z.object({ ca: z.object({ secretName: z.string() }).optional() }),
  status: z.object({ conditions: z.array(condition).optional() }).default({}),
});

/** The ClusterIssuer that signs the identity issuer. */
export interface SignerState {
  /** Secret of the trust namespace that it signs with; absent when it is no CA issuer. */
  readonly secretName?: string;
  readonly generation: number;
  readonly resourceVersion: string;
  /** Ready at this very generation, with the pair verified. */
  readonly ready: boolean;
  /** cert-manager has judged this very generation, well or ill. */
  readonly judged: boolean;
  /** What its Ready condition says. */
  readonly detail: string;
}

/** The ClusterIssuer is missing, or of another kind than the rotation can steer. */
export class SignerError extends Error {
  override readonly name = 'SignerError';
}

/** cert-manager refuses durations below one hour. */
const trialDurationMs = 3_600_000;

export function clusterIssuerRef(name: string): ObjectRef {
  return { type: resources.clusterIssuers, name };
}

/** @throws SignerError when there is none. */
export async function readSigner(kube: Kube, name: string): Promise<SignerState> {
  const ref = clusterIssuerRef(name);
  const issuer = await kube.get(ref, issuerObject);
  if (issuer === undefined) {
    throw new SignerError(
      `${describeObject(ref)} does not exist. Next step: create it as Linkerd's guide says, or give the name that it has here.`,
    );
  }
  const { generation, resourceVersion } = issuer.metadata;
  const ready = findCondition(issuer.status.conditions, 'Ready');
  return {
    ...(issuer.spec.ca === undefined ? {} : { secretName: issuer.spec.ca.secretName }),
    generation,
    resourceVersion,
    ready:
      isTrue(ready) &&
      ready?.reason === 'KeyPairVerified' &&
      ready.observedGeneration === generation,
    judged: ready?.observedGeneration === generation,
    detail: redact(explainCondition(ready)),
  };
}

/** What a ClusterIssuer is to sign with: a Secret of the trust namespace. */
export interface SignerTarget {
  readonly clusterIssuer: string;
  readonly secretName: string;
  /** The key is elsewhere: then the ClusterIssuer is to sign nothing. */
  readonly isKeyless?: boolean;
}

/**
 * Makes the ClusterIssuer sign with that Secret and waits until cert-manager has judged it. Idempotent.
 * @throws SignerError when it is no CA issuer; DeadlineError with cert-manager's own reason.
 */
export async function pointSigner(
  kube: Kube,
  target: SignerTarget,
  wait: WaitOptions,
): Promise<{ readonly changed: boolean }> {
  const ref = clusterIssuerRef(target.clusterIssuer);
  const before = await readSigner(kube, target.clusterIssuer);
  if (before.secretName === undefined) {
    throw new SignerError(
      `${describeObject(ref)} signs with something else than a Secret (spec.ca), so it cannot be pinned. Next step: rotate that signer's anchor with its own means.`,
    );
  }
  const changed = before.secretName !== target.secretName;
  if (changed) {
    const metadata = { resourceVersion: before.resourceVersion };
    await kube.patch(ref, { metadata, spec: { ca: { secretName: target.secretName } } }, 'merge');
  }
  await settled(kube, target, wait);
  return { changed };
}

/**
 * Waits until cert-manager has verified the pair that the ClusterIssuer signs with, whichever it is.
 * @throws SignerError when there is none; DeadlineError with cert-manager's own reason.
 */
export async function awaitSigner(
  kube: Kube,
  clusterIssuer: string,
  wait: WaitOptions,
): Promise<void> {
  const { secretName = 'none' } = await readSigner(kube, clusterIssuer);
  await settled(kube, { clusterIssuer, secretName }, wait);
}

/** With `isKeyless`, until cert-manager has seen that it cannot sign. */
async function settled(kube: Kube, target: SignerTarget, wait: WaitOptions): Promise<void> {
  const ref = clusterIssuerRef(target.clusterIssuer);
  await waitFor(
    `${describeObject(ref)} to sign with Secret ${target.secretName}`,
    wait,
    async () => {
      const { ready, judged, secretName, detail } = await readSigner(kube, target.clusterIssuer);
      const isSettled = target.isKeyless === true ? judged && !ready : ready;
      return isSettled && secretName === target.secretName
        ? { done: true, value: undefined }
        : { done: false, progress: `${describeObject(ref)} has not followed yet (${detail})` };
    },
  );
}

export interface TrialRequest {
  readonly clusterIssuer: string;
  readonly namespace: string;
  /** Name of the CertificateRequest while it lives. */
  readonly name: string;
  /** Those of the issuer Certificate, so that the trial meets the same constraints. */
  readonly usages: readonly string[];
}

/**
 * Has the ClusterIssuer sign a throw-away CA certificate, which shows what it really signs with: its
 * Ready condition does not say which version of the Secret it saw. The request is deleted, the key forgotten.
 * @returns the trial certificate and what stands between it and the root, as PEM
 * @throws RequestDeniedError, RequestFailedError, RequestGoneError, DeadlineError
 */
export async function trialRequest(
  kube: Kube,
  trial: TrialRequest,
  wait: WaitOptions,
): Promise<string> {
  const { csrPem } = await createSigningRequest({ commonName: 'trial.linkerd-trust' });
  const { namespace, name } = trial;
  try {
    const issued = await requestCertificate(
      kube,
      {
        namespace,
        name,
        csrPem,
        isCa: true,
        usages: trial.usages,
        durationMs: trialDurationMs,
        issuerRef: { name: trial.clusterIssuer, kind: 'ClusterIssuer' },
      },
      wait,
    );
    return issued.certificatePem;
  } finally {
    await deleteRequest(kube, namespace, name);
  }
}
