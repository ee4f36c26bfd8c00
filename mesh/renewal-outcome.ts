import type { CertificateFacts } from '../domain/certificate.ts';
import type { CertificateRequestObject } from './certificate-requests.ts';
import { denialText, judgeRequest, requestRef } from './certificate-requests.ts';
import type { CertificateState } from './certificates.ts';
import { isIssuing } from './certificates.ts';
import { explainCondition, isTrue } from './conditions.ts';
import { redact } from './kubernetes/redact.ts';
import { describeObject } from './kubernetes/resources.ts';
import type { TlsSecretFacts } from './tls-secret.ts';

/**
 * How a Certificate stood before a renewal was asked for. Recorded once, before the trigger, and
 * handed to every attempt: whatever is newer than this is the renewal.
 */
export interface RenewalMark {
  readonly uid: string;
  readonly revision: number;
  /** Fingerprint and key of the certificate in the Secret; absent when there was none. */
  readonly fingerprint?: string;
  readonly publicKey?: string;
}

/** How failures stood when the trigger was written; only a later one is ours. */
export interface FailureMark {
  readonly failedIssuanceAttempts: number;
  readonly lastFailureTime?: string | undefined;
}

/** Everything one look at a renewal sees. */
export interface RenewalSight {
  readonly state: CertificateState;
  readonly secret: TlsSecretFacts | undefined;
  /** The request of the pending revision, if it exists. */
  readonly request: CertificateRequestObject | undefined;
}

export interface RenewedCertificate {
  readonly revision: number;
  readonly certificate: CertificateFacts;
  /** All of `tls.crt`: behind a bridge the issuer and the cross-signed certificate. */
  readonly chain: readonly CertificateFacts[];
  readonly chainPem: string;
  /** `ca.crt`, as cert-manager wrote it with this certificate. */
  readonly ca?: CertificateFacts;
  readonly caPem?: string;
}

export type RenewalOutcome =
  | { readonly kind: 'issued'; readonly renewed: RenewedCertificate }
  | { readonly kind: 'failed'; readonly text: string; readonly denied: boolean }
  | { readonly kind: 'pending'; readonly furthestStep: string };

/**
 * Where a renewal stands. `Ready` alone says nothing: it stays True on the old certificate during a
 * renewal, flips False between the two writes that end it, and may still show the old dates after
 * the revision rose. So all of Secret, revision, conditions and dates must agree.
 */
export function judgeRenewal(
  sight: RenewalSight,
  since: RenewalMark,
  failures: FailureMark,
): RenewalOutcome {
  const { state, secret } = sight;
  const failed = failure(sight, since, failures);
  if (failed !== undefined) return failed;
  if (state.revision > since.revision && !isIssuing(state)) {
    const missing = unsettled(state, secret, since);
    return missing === undefined && secret !== undefined
      ? { kind: 'issued', renewed: renewed(state, secret) }
      : { kind: 'pending', furthestStep: missing ?? 'its Secret is missing' };
  }
  return { kind: 'pending', furthestStep: furthestStep(sight, since) };
}

function failure(
  { state, request }: RenewalSight,
  since: RenewalMark,
  before: FailureMark,
): RenewalOutcome | undefined {
  const { issuing } = state;
  // The counter may jump by two, and the time has whole seconds: either of them rising is enough.
  const newFailure =
    state.failedIssuanceAttempts > before.failedIssuanceAttempts ||
    Date.parse(state.lastFailureTime ?? '') > Date.parse(before.lastFailureTime ?? '1970-01-01');
  if (issuing?.status !== 'False' || state.revision !== since.revision || !newFailure) {
    return undefined;
  }
  const verdict = request === undefined ? undefined : judgeRequest(request);
  if (request !== undefined && verdict?.kind === 'denied') {
    return { kind: 'failed', text: denialText(requestName(request), verdict.text), denied: true };
  }
  return { kind: 'failed', text: redact(explainCondition(issuing)), denied: false };
}

/** What still differs after the revision rose; `undefined` when everything agrees. */
function unsettled(
  state: CertificateState,
  secret: TlsSecretFacts | undefined,
  since: RenewalMark,
): string | undefined {
  if (secret === undefined) return 'its Secret is missing';
  const { certificate } = secret;
  if (certificate.fingerprint === since.fingerprint) {
    return 'its Secret still holds the certificate from before';
  }
  if (!secret.hasKey) return 'the key in its Secret does not belong to the certificate';
  if (!isTrue(state.ready)) return `it is not Ready (${redact(explainCondition(state.ready))})`;
  if (Date.parse(state.notAfter ?? '') !== Date.parse(certificate.notAfter)) {
    return 'its status still shows the dates of the certificate from before';
  }
  return undefined;
}

function renewed(state: CertificateState, secret: TlsSecretFacts): RenewedCertificate {
  const { certificate, chain, chainPem, ca, caPem } = secret;
  return {
    revision: state.revision,
    certificate,
    chain,
    chainPem,
    ...(ca === undefined ? {} : { ca }),
    ...(caPem === undefined ? {} : { caPem }),
  };
}

/** How far cert-manager's controllers came, in their order (key, request, approval, issuer, Secret). */
function furthestStep({ state, secret, request }: RenewalSight, since: RenewalMark): string {
  if (!isIssuing(state)) return 'cert-manager has not taken up the request to renew';
  if (secret !== undefined && secret.certificate.fingerprint !== since.fingerprint) {
    return 'the new certificate is in its Secret, the revision is not raised yet';
  }
  if (request !== undefined) return requestStep(request);
  return state.nextPrivateKeySecretName === undefined
    ? 'waiting for its next private key (if this stays: see the events of the Certificate)'
    : 'the next private key exists, waiting for the CertificateRequest';
}

function requestStep(request: CertificateRequestObject): string {
  const outcome = judgeRequest(request);
  return outcome.kind === 'issued'
    ? `${requestName(request)} is issued, waiting for the Secret`
    : `${requestName(request)} ${outcome.text}`;
}

function requestName({ metadata }: CertificateRequestObject): string {
  return describeObject(requestRef(metadata.namespace, metadata.name));
}
