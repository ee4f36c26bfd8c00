import type { Resource } from './resources.ts';
import { qualifiedName } from './resources.ts';

/** The body of a failed API call (`kind: Status`). */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: { continue?: string };
  status: 'Failure';
  message: string;
  reason: string;
  code: number;
  details?: { name?: string; group?: string; kind?: string };
}

/** An API call that Kubernetes would refuse, with the HTTP code and the machine-readable reason it would give. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly code: number;
  readonly reason: string;
  readonly details: Status['details'];
  /** A new, inconsistent continue token: only set when a list's own token has expired. */
  readonly continueToken: string | undefined;

  constructor(
    code: number,
    reason: string,
    options: {
      message: string;
      details?: Status['details'];
      continueToken?: string;
      cause?: unknown;
    },
  ) {
    super(options.message, { cause: options.cause });
    this.code = code;
    this.reason = reason;
    this.details = options.details;
    this.continueToken = options.continueToken;
  }

  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continueToken === undefined ? {} : { continue: this.continueToken },
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      code: this.code,
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }
}

function details(resource: Resource, name: string): Status['details'] {
  return {
    name,
    kind: resource.plural,
    ...(resource.group === '' ? {} : { group: resource.group }),
  };
}

export function notFound(resource: Resource, name: string): KubeError {
  const message = `${qualifiedName(resource)} "${name}" not found`;
  return new KubeError(404, 'NotFound', { message, details: details(resource, name) });
}

export function alreadyExists(resource: Resource, name: string): KubeError {
  const message = `${qualifiedName(resource)} "${name}" already exists`;
  return new KubeError(409, 'AlreadyExists', { message, details: details(resource, name) });
}

export function conflict(resource: Resource, name: string, why: string): KubeError {
  const message = `Operation cannot be fulfilled on ${qualifiedName(resource)} "${name}": ${why}`;
  return new KubeError(409, 'Conflict', { message, details: details(resource, name) });
}

export function invalid(resource: Resource, name: string, why: string): KubeError {
  const message = `${resource.kind} "${name}" is invalid: ${why}`;
  return new KubeError(422, 'Invalid', { message, details: details(resource, name) });
}

export function badRequest(message: string): KubeError {
  return new KubeError(400, 'BadRequest', { message });
}
