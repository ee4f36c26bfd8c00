import { isGrpcServiceError } from '@temporalio/client';
import { redact } from '../../mesh/kubernetes/redact.ts';

/** `grpc.status` numbers that say something of their own to a person. */
const deadlineExceeded = 4;
const permissionDenied = 7;
const unauthenticated = 16;

/** A request to Temporal that did not give its result, as the resource shows it. */
export function temporalFailure(tried: string, cause: unknown): Error {
  const { code, happened } = answerIn(cause);
  const isAccessProblem = code === unauthenticated || code === permissionDenied;
  const nextStep = isAccessProblem
    ? "check the worker's TEMPORAL_API_KEY or client certificate, and what they may do"
    : 'check the Temporal server, and the namespace that the worker is given';
  return failure(tried, { happened, nextStep, cause });
}

/** `happened` and `nextStep` are clauses without a final dot. */
export function failure(
  tried: string,
  {
    happened,
    nextStep,
    cause,
  }: { readonly happened: string; readonly nextStep: string; readonly cause?: unknown },
): Error {
  return new Error(`Could not ${tried}: ${happened}. Next step: ${nextStep}.`, { cause });
}

/** The SDK wraps what gRPC says in errors of its own, once. */
function answerIn(error: unknown): { readonly code?: number; readonly happened: string } {
  const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (!isGrpcServiceError(cause)) return { happened: redact(message.replace(/\.$/, '')) };
  const { details } = cause;
  const code: number = cause.code;
  if (code === deadlineExceeded) return { code, happened: 'Temporal did not answer in time' };
  return { code, happened: redact((details === '' ? message : details).replace(/\.$/, '')) };
}
