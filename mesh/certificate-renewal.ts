import { deleteRequest, judgeRequest, listOwnedRequests } from './certificate-requests.ts';
import type { CertificateRequestObject } from './certificate-requests.ts';
import type { CertificateState } from './certificates.ts';
import { isIssuing, readCertificate } from './certificates.ts';
import type { Kube } from './kubernetes/kube.ts';
import type { ObjectRef } from './kubernetes/resources.ts';
import { describeObject } from './kubernetes/resources.ts';
import { isOurTrigger, triggerRenewal } from './renewal-trigger.ts';
import type {
  FailureMark,
  RenewalMark,
  RenewalSight,
  RenewedCertificate,
} from './renewal-outcome.ts';
import { judgeRenewal } from './renewal-outcome.ts';
import { readTlsSecret, secretRef } from './tls-secret.ts';
import type { WaitOptions } from './wait.ts';
import { waitFor } from './wait.ts';

/** cert-manager may fail once through stale caches ("CSR not signed by referenced private key"). */
const maxTriggers = 3;

export interface RenewOptions extends WaitOptions {
  /** From `markBeforeRenewal`, recorded before the first attempt. */
  readonly since: RenewalMark;
  /** Names this renewal in the Issuing condition, so that a retried attempt knows its own trigger. */
  readonly token: string;
}

/** A renewal that ended without the certificate that was wanted. */
export class RenewalFailedError extends Error {
  override readonly name = 'RenewalFailedError';
  /** An approver denied it: retrying is of no use before a person changed the policy. */
  readonly denied: boolean;

  constructor(message: string, denied: boolean) {
    super(message);
    this.denied = denied;
  }
}

/** How a Certificate stands now, for `since`. Take it before the trigger, keep it over retries. */
export async function markBeforeRenewal(kube: Kube, ref: ObjectRef): Promise<RenewalMark> {
  const state = await readCertificate(kube, ref);
  const secret = await readTlsSecret(kube, secretRef(state.namespace, state.secretName));
  return {
    uid: state.uid,
    revision: state.revision,
    ...(secret === undefined
      ? {}
      : {
          fingerprint: secret.certificate.fingerprint,
          publicKey: secret.certificate.publicKey,
        }),
  };
}

/**
 * Renews a Certificate as `cmctl renew` does and waits until every sign of the new one agrees.
 * Idempotent: an attempt that finds the renewal since `since` done, or triggered by an earlier
 * attempt, does not trigger again.
 * @throws RenewalFailedError, CertificateMissingError, DeadlineError (with the furthest step)
 */
export async function renewCertificate(
  kube: Kube,
  ref: ObjectRef,
  options: RenewOptions,
): Promise<RenewedCertificate> {
  const { since } = options;
  let failure = '';
  for (let triggers = 0; triggers < maxTriggers; triggers += 1) {
    const before = await waitUntilSettled(kube, ref, options);
    requireSameCertificate(ref, before, since);
    const failures = await triggerUnlessDone(kube, ref, { ...options, before });
    const outcome = await awaitOutcome(kube, ref, { ...options, failures });
    if (outcome.kind !== 'failed') return outcome.renewed;
    if (outcome.denied) throw new RenewalFailedError(outcome.text, true);
    failure = outcome.text;
  }
  throw new RenewalFailedError(
    `Renewed ${describeObject(ref)} ${String(maxTriggers)} times in vain: ${failure}. Next step: look at it with "cmctl status certificate" and at its issuer.`,
    false,
  );
}

/** An issuance that is under way may have made its request before our step: let it end first. */
async function waitUntilSettled(
  kube: Kube,
  ref: ObjectRef,
  options: RenewOptions,
): Promise<CertificateState> {
  return waitFor(`the issuance of ${describeObject(ref)} under way to end`, options, async () => {
    const state = await readCertificate(kube, ref);
    return isIssuing(state) && !isOurTrigger(state, options.token)
      ? { done: false, progress: `${describeObject(ref)} is being issued for another reason` }
      : { done: true, value: state };
  });
}

async function triggerUnlessDone(
  kube: Kube,
  ref: ObjectRef,
  options: RenewOptions & { readonly before: CertificateState },
): Promise<FailureMark> {
  const { before, since, token } = options;
  const failures: FailureMark = {
    failedIssuanceAttempts: before.failedIssuanceAttempts,
    lastFailureTime: before.lastFailureTime,
  };
  if (before.revision > since.revision || isIssuing(before)) return failures;
  const latestFailure = await clearRefusedRequests(kube, before);
  await triggerRenewal(kube, ref, { token, after: latestFailure });
  return failures;
}

/**
 * Deletes requests of the pending revision that were refused: request-manager keeps a denied one
 * under the same key for ever, and every retry would fail at once on it (cert-manager 1.21.1).
 */
async function clearRefusedRequests(
  kube: Kube,
  state: CertificateState,
): Promise<string | undefined> {
  const requests = await pendingRequests(kube, state);
  const refused = requests.filter((request) =>
    ['denied', 'failed'].includes(judgeRequest(request).kind),
  );
  for (const { metadata } of refused) {
    await deleteRequest(kube, metadata.namespace, metadata.name);
  }
  return refused
    .flatMap(({ status }) => (status.failureTime === undefined ? [] : [status.failureTime]))
    .toSorted()
    .at(-1);
}

async function awaitOutcome(
  kube: Kube,
  ref: ObjectRef,
  options: RenewOptions & { readonly failures: FailureMark },
): Promise<Exclude<ReturnType<typeof judgeRenewal>, { kind: 'pending' }>> {
  const { since, failures } = options;
  return waitFor(`the renewal of ${describeObject(ref)}`, options, async () => {
    const sight = await lookAt(kube, ref);
    requireSameCertificate(ref, sight.state, since);
    const outcome = judgeRenewal(sight, since, failures);
    return outcome.kind === 'pending'
      ? { done: false, progress: `${describeObject(ref)}: ${outcome.furthestStep}` }
      : { done: true, value: outcome };
  });
}

async function lookAt(kube: Kube, ref: ObjectRef): Promise<RenewalSight> {
  const state = await readCertificate(kube, ref);
  const [secret, [request]] = await Promise.all([
    readTlsSecret(kube, secretRef(state.namespace, state.secretName)),
    pendingRequests(kube, state),
  ]);
  return { state, secret, request };
}

/** Requests of the revision that would come next. A failed attempt keeps revision and name. */
async function pendingRequests(
  kube: Kube,
  state: CertificateState,
): Promise<CertificateRequestObject[]> {
  const owned = await listOwnedRequests(kube, state);
  return owned.filter(({ revision }) => revision === state.revision + 1);
}

function requireSameCertificate(ref: ObjectRef, state: CertificateState, since: RenewalMark): void {
  if (state.uid === since.uid) return;
  throw new RenewalFailedError(
    `${describeObject(ref)} was deleted and made anew while it was to be renewed. Next step: find out who did (GitOps, helm), then retry.`,
    false,
  );
}
