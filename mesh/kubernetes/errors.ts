import { describeObject } from './resources.ts';
import type { Operation } from './operation.ts';
import { describeOperation } from './operation.ts';

/** What an error says beyond its kind. `happened` and `nextStep` are whole clauses without a final dot. */
interface Story {
  readonly happened: string;
  readonly nextStep: string;
  readonly cause?: unknown;
}

/**
 * A request to the API server that did not give its result. The message names what was tried, on
 * what object, what happened and the next step; it never contains a body, a header or a key.
 */
export abstract class KubernetesError extends Error {
  abstract readonly kind: string;
  /** Whether the same request may succeed later without anyone changing anything. */
  abstract readonly retryable: boolean;
  readonly operation: Operation;

  constructor(operation: Operation, story: Story) {
    super(
      `Could not ${describeOperation(operation)}: ${story.happened}. Next step: ${story.nextStep}.`,
      story.cause === undefined ? undefined : { cause: story.cause },
    );
    this.operation = operation;
    this.name = new.target.name;
  }
}

/** 400, 405, 415, 422: the server does not accept this request, however often it is sent. */
export class InvalidRequestError extends KubernetesError {
  readonly kind = 'InvalidRequest';
  readonly retryable = false;
}

/** 401, 403. `why` in the operation says what the right is needed for. */
export class ForbiddenError extends KubernetesError {
  readonly kind = 'Forbidden';
  readonly retryable = false;
  /** 401: it does not know who asks; 403: that one may not. */
  readonly status: 401 | 403;
  /** What the API server answered; a whole clause without a final dot. */
  readonly happened: string;
  /** Which right to grant; a whole clause without a final dot. */
  readonly nextStep: string;

  constructor(operation: Operation, story: Story & { readonly status: 401 | 403 }) {
    super(operation, story);
    this.status = story.status;
    this.happened = story.happened;
    this.nextStep = story.nextStep;
  }
}

/** 403 of an API server that may not have known the roles yet. */
export class DeniedTooEarlyError extends KubernetesError {
  readonly kind = 'DeniedTooEarly';
  readonly retryable = true;
}

/** 404 of anything but a `get`, which answers `undefined` instead. */
export class NotFoundError extends KubernetesError {
  readonly kind = 'NotFound';
  readonly retryable = false;
}

/** 409: the object changed since it was read, or (`alreadyExists`) a name is taken. Read again, then decide. */
export class ConflictError extends KubernetesError {
  readonly kind = 'Conflict';
  readonly retryable = true;
  readonly alreadyExists: boolean;

  constructor(operation: Operation, story: Story & { readonly alreadyExists: boolean }) {
    super(operation, story);
    this.alreadyExists = story.alreadyExists;
  }
}

/** 410: a list's continue token expired more often than a list is begun again. */
export class GoneError extends KubernetesError {
  readonly kind = 'Gone';
  readonly retryable = true;
}

/** 429, 503. `retryAfterMs` is what the server asked for, if it did. */
export class ThrottledError extends KubernetesError {
  readonly kind = 'Throttled';
  readonly retryable = true;
  readonly retryAfterMs?: number;

  constructor(operation: Operation, story: Story & { readonly retryAfterMs?: number | undefined }) {
    super(operation, story);
    if (story.retryAfterMs !== undefined) this.retryAfterMs = story.retryAfterMs;
  }
}

/** Any other 5xx. */
export class ServerFaultError extends KubernetesError {
  readonly kind = 'ServerFault';
  readonly retryable = true;
}

/** 500 of a write that the API server could not have judged: a webhook in the cluster does not answer. */
export class WebhookDownError extends ServerFaultError {}

/** 504 of a list: the API server's cache was behind etcd for longer than it waits for that, three seconds. */
export class CacheBehindError extends ServerFaultError {}

/** No HTTP answer: refused, reset, name not resolved, certificate not accepted. */
export class UnreachableError extends KubernetesError {
  readonly kind = 'Unreachable';
  readonly retryable = true;
  /** `ECONNREFUSED`, `UND_ERR_SOCKET`, …, where the transport gave one. */
  readonly code?: string;

  constructor(operation: Operation, story: Story & { readonly code?: string | undefined }) {
    super(operation, story);
    if (story.code !== undefined) this.code = story.code;
  }
}

/** No answer within the request's own deadline. */
export class RequestTimeoutError extends KubernetesError {
  readonly kind = 'RequestTimeout';
  readonly retryable = true;
}

/** An answer that is not what this kind of object looks like. */
export class UnexpectedObjectError extends KubernetesError {
  readonly kind = 'UnexpectedObject';
  readonly retryable = false;
}

/** Every way in which a request to the API server can end without its result. */
export type KubernetesFailure =
  | InvalidRequestError
  | ForbiddenError
  | DeniedTooEarlyError
  | NotFoundError
  | ConflictError
  | GoneError
  | ThrottledError
  | ServerFaultError
  | UnreachableError
  | RequestTimeoutError
  | UnexpectedObjectError;

/** There is no usable connection to a cluster: kubeconfig, context or credentials. Nothing was sent. */
export class ClusterError extends Error {
  readonly kind = 'Cluster';
  override readonly name = 'ClusterError';
}

export function isRetryable(error: unknown): boolean {
  return error instanceof KubernetesError && error.retryable;
}

export function isConflict(error: unknown): error is ConflictError {
  return error instanceof ConflictError;
}

/** The object of an operation as a noun, for texts about what came back. */
export function operationObject(operation: Operation): string {
  const { type, namespace, name } = operation;
  if (name === undefined) return `list of ${type.plural}`;
  return describeObject({ type, name, ...(namespace === undefined ? {} : { namespace }) });
}
