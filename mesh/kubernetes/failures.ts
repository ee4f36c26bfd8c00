import { z } from 'zod';
import type { AnswerBody } from './decode-body.ts';
import { decodeBody } from './decode-body.ts';
import type { KubernetesFailure } from './errors.ts';
import {
  CacheBehindError,
  ConflictError,
  ForbiddenError,
  GoneError,
  InvalidRequestError,
  NotFoundError,
  operationObject,
  RequestTimeoutError,
  ServerFaultError,
  ThrottledError,
  UnexpectedObjectError,
  UnreachableError,
  WebhookDownError,
} from './errors.ts';
import type { Operation } from './operation.ts';
import { describeRight } from './operation.ts';
import { redact } from './redact.ts';

/** What a request answered with, as far as an error needs it. */
export interface RefusedResponse {
  readonly status: number;
  readonly body: AnswerBody;
  readonly retryAfter?: string | undefined;
}

/** What the errors say about the surroundings of a request. */
export interface Surroundings {
  readonly server: string;
  /** What the operation is needed for, if the table of rights knows it. */
  readonly why?: string | undefined;
}

const apiStatus = z.object({ message: z.string().optional(), reason: z.string().optional() });

/** The error for an answer outside 200–299. */
export function refusal(
  operation: Operation,
  response: RefusedResponse,
  surroundings: Surroundings,
): KubernetesFailure {
  const { status } = response;
  const { message, reason } = readStatus(response.body);
  const detail = [reason, message].filter((part) => part !== undefined).join(': ');
  const happened = `the API server answered ${String(status)}${detail === '' ? '' : ` (${detail})`}`;
  if (status === 401 || status === 403) {
    return forbidden(operation, { status, happened }, surroundings);
  }
  if (status === 404) {
    const nextStep = `check that ${operationObject(operation)} exists and that its kind is installed in the cluster`;
    return new NotFoundError(operation, { happened, nextStep });
  }
  if (status === 409) {
    const alreadyExists = reason === 'AlreadyExists';
    const nextStep = alreadyExists ? 'look at the object of that name' : 'read it again and retry';
    return new ConflictError(operation, { happened, nextStep, alreadyExists });
  }
  if (status === 410) return new GoneError(operation, { happened, nextStep: 'list again' });
  if (status === 429 || status === 503) {
    return throttled(operation, happened, retryAfter(response.retryAfter));
  }
  if (status >= 500) return serverFault(operation, happened, message ?? '');
  const nextStep = 'correct what the message names; retrying the same request cannot help';
  return new InvalidRequestError(operation, { happened, nextStep });
}

/** The error for a request that got no whole answer. */
export function transportFailure(
  operation: Operation,
  error: unknown,
  surroundings: Surroundings,
): UnreachableError {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = errorCode(cause);
  const detail = cause instanceof Error ? redact(cause.message) : 'no further detail';
  return new UnreachableError(operation, {
    happened: `${surroundings.server} gave no answer (${[code, detail].filter(Boolean).join(': ')})`,
    nextStep: isCertificateProblem(code)
      ? 'check certificate-authority-data and the server name in the kubeconfig'
      : 'check that the API server is up and reachable from here',
    code,
    cause: error,
  });
}

export function timeout(
  operation: Operation,
  timeoutMs: number,
  surroundings: Surroundings,
): RequestTimeoutError {
  return new RequestTimeoutError(operation, {
    happened: `${surroundings.server} did not answer within ${String(timeoutMs)} ms`,
    nextStep: 'retry; if it stays, check the load of the API server and the network to it',
  });
}

/** The error for an answer that its schema refuses. Names fields and types, never values. */
export function unexpectedObject(operation: Operation, error: z.ZodError): UnexpectedObjectError {
  const fields = error.issues.map(
    (issue) => `${issue.path.join('.') || 'object'}: ${issue.message}`,
  );
  return new UnexpectedObjectError(operation, {
    happened: `${operationObject(operation)} does not look as expected (${fields.slice(0, 3).join('; ')})`,
    nextStep:
      'compare the installed version of its custom resource definition with the supported ones',
  });
}

/** The error for an answer that cannot be read at all: not the API server's, or not the whole of it. */
export function unreadableAnswer(operation: Operation): UnexpectedObjectError {
  return new UnexpectedObjectError(operation, {
    happened: `the answer about ${operationObject(operation)} is neither JSON nor Kubernetes protobuf`,
    nextStep: 'check that the address in the kubeconfig is that of an API server',
  });
}

function throttled(
  operation: Operation,
  happened: string,
  retryAfterMs: number | undefined,
): ThrottledError {
  const nextStep =
    retryAfterMs === undefined ? 'retry later' : `retry in ${String(retryAfterMs)} ms`;
  return new ThrottledError(operation, { happened, nextStep, retryAfterMs });
}

function serverFault(operation: Operation, happened: string, message: string): ServerFaultError {
  const webhook = webhookStep(message);
  if (webhook !== undefined)
    return new WebhookDownError(operation, { happened, nextStep: webhook });
  if (message.includes('Too large resource version')) {
    const nextStep = 'retry; if it stays, look whether etcd is slow';
    return new CacheBehindError(operation, { happened, nextStep });
  }
  const nextStep = 'retry; if it stays, look at the logs of the API server and its webhooks';
  return new ServerFaultError(operation, { happened, nextStep });
}

/** `failed calling webhook "webhook.cert-manager.io": … Post "https://SERVICE.NAMESPACE.svc:443/…": …`. */
function webhookStep(message: string): string | undefined {
  const name = /failed calling webhook "([^"]+)"/.exec(message)?.[1];
  if (name === undefined) return undefined;
  const [, service, namespace] = /https:\/\/([\w-]+)\.([\w-]+)\.svc\b/.exec(message) ?? [];
  const where =
    service === undefined || namespace === undefined
      ? `at what serves webhook ${name}`
      : `at the pods behind Service ${namespace}/${service} and at their certificate`;
  return `look ${where}: while it does not answer, such objects cannot be written`;
}

function forbidden(
  operation: Operation,
  answer: { readonly status: 401 | 403; readonly happened: string },
  { why }: Surroundings,
): ForbiddenError {
  const purpose = why === undefined ? '' : `, needed to ${why}`;
  const nextStep =
    answer.status === 401
      ? 'log in anew, or check the user and token of the context with "kubectl auth whoami": the API server does not know who asks'
      : `grant the right to ${describeRight(operation)}${purpose}`;
  return new ForbiddenError(operation, { ...answer, nextStep });
}

function readStatus(body: AnswerBody): {
  message?: string | undefined;
  reason?: string | undefined;
} {
  // A proxy before the API server answers in HTML or plain text: its text helps nobody.
  const parsed = apiStatus.safeParse(decodeBody(body));
  if (!parsed.success) return {};
  const { message, reason } = parsed.data;
  return { message: message === undefined ? undefined : redact(message), reason };
}

/** `Retry-After` is whole seconds or an HTTP date (RFC 9110 §10.2.3); only seconds are used by Kubernetes. */
function retryAfter(header: string | undefined): number | undefined {
  const seconds = Number(header);
  return header === undefined || !Number.isFinite(seconds) ? undefined : seconds * 1000;
}

function errorCode(error: unknown): string | undefined {
  const parsed = z.object({ code: z.string() }).safeParse(error);
  return parsed.success ? parsed.data.code : undefined;
}

/** OpenSSL's and Node's codes for a server certificate that is not accepted. */
function isCertificateProblem(code: string | undefined): boolean {
  return code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/.test(code);
}
