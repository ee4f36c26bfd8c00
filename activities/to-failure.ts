import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { isRetryable, KubernetesError, ThrottledError } from '../mesh/kubernetes/errors.ts';
import { RenewalFailedError } from '../mesh/certificate-renewal.ts';
import type { FailureDetails, FailureType } from './failures.ts';

/** A failure that the workflow knows what to do about; it is not retried. */
export function knownFailure(
  type: FailureType,
  message: string,
  details: FailureDetails = { laggards: [] },
): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, details: [details] });
}

/**
 * What leaves an activity in place of an error of mesh/: a short message without bodies or headers,
 * retried only where trying again can help. Everything else waits for a person in the workflow.
 */
export function toFailure(error: unknown): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (!(error instanceof Error)) return ApplicationFailure.retryable(String(error), 'Unknown');
  const nextRetryDelay = error instanceof ThrottledError ? error.retryAfterMs : undefined;
  return ApplicationFailure.create({
    message: error.message,
    type: error.name,
    nonRetryable: !mayPass(error),
    cause: error,
    ...(nextRetryDelay === undefined ? {} : { nextRetryDelay }),
  });
}

/** Errors of no known kind may be anything, so they are tried again, within the profile's limit. */
function mayPass(error: Error): boolean {
  if (error instanceof KubernetesError) return isRetryable(error);
  // Each attempt would only have the policy deny one more request.
  if (error instanceof RenewalFailedError) return !error.denied;
  return !needsAPerson.has(error.name);
}

const needsAPerson: ReadonlySet<string> = new Set([
  'BridgeError',
  'BundleOwnedError',
  'CertificateMissingError',
  'ClusterError',
  'LinkerdConfigError',
  'ObservationError',
  'RequestDeniedError',
  'SignerError',
  'TlsSecretError',
]);
