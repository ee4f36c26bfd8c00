import { isGrpcServiceError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { CommandError } from './command-error.ts';
import { ExitCode } from './exit-codes.ts';

/** `grpc.status` numbers that say something of their own to a person. */
const unauthenticated = 16;
const permissionDenied = 7;
const deadlineExceeded = 4;
const unimplemented = 12;

/** What Temporal answered instead of a result; `undefined` when it did not answer. */
export function grpcProblem(error: unknown): string | undefined {
  const grpc = grpcErrorIn(error);
  if (grpc === undefined || grpc.code === deadlineExceeded) return undefined;
  return grpc.details === '' ? grpc.message : grpc.details;
}

/** Whether the server knows us and keeps this one request to others, as Temporal Cloud does. */
export function isWithheld(error: unknown): boolean {
  const code = grpcErrorIn(error)?.code;
  return code === permissionDenied || code === unimplemented;
}

/** The error for a request to Temporal that did not give its result. */
export function temporalError(
  tried: string,
  error: unknown,
  more: { readonly nextStep: string },
): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof ApplicationFailure && error.type === 'PayloadValidationError') {
    return privateKeyRefused(tried, error);
  }
  const code = grpcErrorIn(error)?.code;
  const fallback = error instanceof Error ? error.message : String(error);
  const isAccessProblem = code === unauthenticated || code === permissionDenied;
  return new CommandError(ExitCode.temporal, {
    tried,
    happened:
      code === deadlineExceeded
        ? 'Temporal did not answer in time'
        : (grpcProblem(error) ?? fallback),
    nextStep: isAccessProblem
      ? 'check TEMPORAL_API_KEY or the client certificate, and what they may do'
      : more.nextStep,
    cause: error,
  });
}

/** The codec's refusal, before anything was sent. */
function privateKeyRefused(tried: string, cause: ApplicationFailure): CommandError {
  return new CommandError(ExitCode.refused, {
    tried,
    happened: 'what was to be sent holds a private key; nothing was sent',
    nextStep: 'leave the key out; if it has been shown elsewhere, replace it',
    cause,
  });
}

interface GrpcError {
  /** `grpc.status`. */
  readonly code: number;
  readonly details: string;
  readonly message: string;
}

/** The SDK wraps what gRPC says in errors of its own, once. */
function grpcErrorIn(error: unknown): GrpcError | undefined {
  if (isGrpcServiceError(error)) return error;
  return error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : undefined;
}
