import { buffer } from 'node:stream/consumers';
import type { Configuration, RequestContext, ResponseBody } from '@kubernetes/client-node';
import type { KubeConfig } from './client-node.ts';
import { createConfiguration, HttpMethod, ServerConfiguration } from './client-node.ts';
import type { AnswerBody } from './decode-body.ts';
import type { SharedDispatcher } from './dispatcher.ts';
import { createSharedDispatcher } from './dispatcher.ts';
import { ClusterError, KubernetesError, UnreachableError } from './errors.ts';
import type { Surroundings } from './failures.ts';
import { refusal, timeout, transportFailure } from './failures.ts';
import type { Operation } from './operation.ts';
import { redact } from './redact.ts';

/** One request to the API server, before the connection's settings are added. */
export interface ApiRequest {
  readonly operation: Operation;
  readonly method: keyof typeof HttpMethod;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

export interface ApiResponse {
  readonly body: AnswerBody;
  readonly headers: Readonly<Record<string, string>>;
}

export interface TransportOptions {
  readonly requestTimeoutMs: number;
  /** Asked at each request, so that a cancelled activity ends the request it waits for. */
  readonly signal?: (() => AbortSignal | undefined) | undefined;
  /** What a refused operation was needed for, if known. */
  readonly why?: ((operation: Operation) => string | undefined) | undefined;
}

export interface Transport {
  readonly server: string;
  /**
   * @throws KubernetesError for every answer outside 200–299 and for none at all; the reason of the
   * cancellation, unchanged, when `signal` was aborted.
   */
  send(request: ApiRequest): Promise<ApiResponse>;
  /**
   * The lines of an answer as they come, until it ends or `signal` is aborted.
   * @throws KubernetesError as `send` does, at the beginning or when the connection breaks
   */
  stream(request: ApiRequest, signal: AbortSignal): AsyncIterable<string>;
  close(): Promise<void>;
}

/**
 * The only way to the API server: configuration, authentication and HTTP are client-node's, the
 * objects stay raw JSON, for its typed models drop every field they do not know.
 */
export function createTransport(config: KubeConfig, options: TransportOptions): Transport {
  const server = config.getCurrentCluster()?.server ?? '';
  const dispatcher = createSharedDispatcher(config);
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(server, {}),
    authMethods: { default: config },
    // Exactly one: client-node reverses the list of middlewares in place at every call.
    promiseMiddleware: [
      {
        pre: async (context) => {
          const agent = await dispatcher.current();
          if (agent !== undefined) context.setDispatcher(agent);
          return context;
        },
        post: (context) => Promise.resolve(context),
      },
    ],
  });

  async function send(request: ApiRequest): Promise<ApiResponse> {
    const surroundings = { server, why: options.why?.(request.operation) };
    const context = await prepare(configuration, request);
    context.setSignal(requestSignal(options));
    const answer = await exchange(configuration, context).catch((error: unknown) => {
      const failure = explain(error, context, { request, surroundings, options });
      if (failure instanceof UnreachableError) dispatcher.discard();
      throw failure;
    });
    if (isSuccess(answer.status)) return answer;
    throw refusalOf(request, answer, surroundings);
  }

  return {
    server,
    send,
    stream: (request, signal) =>
      streamLines({ configuration, dispatcher, server, options }, request, signal),
    close: () => dispatcher.close(),
  };
}

interface TransportParts {
  readonly configuration: Configuration;
  readonly dispatcher: SharedDispatcher;
  readonly server: string;
  readonly options: TransportOptions;
}

async function* streamLines(
  { configuration, dispatcher, server, options }: TransportParts,
  request: ApiRequest,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const surroundings = { server, why: options.why?.(request.operation) };
  const context = await prepare(configuration, request);
  context.setSignal(signal);
  try {
    const response = await configuration.httpApi.send(context).toPromise();
    const { httpStatusCode: status, headers, body } = response;
    if (!isSuccess(status)) {
      const refused = { status, headers, body: await read(body, headers) };
      throw refusalOf(request, refused, surroundings);
    }
    const bytes = body.stream();
    if (bytes !== null) yield* linesOf(bytes);
  } catch (error) {
    if (error instanceof KubernetesError) throw error;
    const failure = explain(error, context, { request, surroundings, options });
    if (failure instanceof UnreachableError) dispatcher.discard();
    throw failure;
  }
}

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function refusalOf(
  request: ApiRequest,
  answer: ApiResponse & { readonly status: number },
  surroundings: Surroundings,
): KubernetesError {
  const { status, body, headers } = answer;
  return refusal(
    request.operation,
    { status, body, retryAfter: headers['retry-after'] },
    surroundings,
  );
}

function requestSignal(options: TransportOptions): AbortSignal {
  const deadline = AbortSignal.timeout(options.requestTimeoutMs);
  const cancellation = options.signal?.();
  return cancellation === undefined ? deadline : AbortSignal.any([cancellation, deadline]);
}

async function prepare(configuration: Configuration, request: ApiRequest): Promise<RequestContext> {
  const context = configuration.baseServer.makeRequestContext(
    request.path,
    HttpMethod[request.method],
  );
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) context.setQueryParam(name, value);
  }
  context.setHeaderParam('Accept', request.accept ?? 'application/json');
  if (request.body !== undefined) {
    context.setHeaderParam('Content-Type', request.contentType ?? 'application/json');
    context.setBody(JSON.stringify(request.body));
  }
  try {
    await configuration.authMethods.default?.applySecurityAuthentication(context);
    let ready = context;
    for (const middleware of configuration.middleware) {
      ready = await middleware.pre(ready).toPromise();
    }
    return ready;
  } catch (error) {
    const detail = error instanceof Error ? redact(error.message) : 'unknown error';
    throw new ClusterError(
      `Could not prepare a request to ${configuration.baseServer.makeRequestContext('', HttpMethod.GET).getUrl()}: ${detail}. ` +
        'Next step: check the user, certificate, token file and exec plugin of the context with "kubectl get --raw /version".',
      { cause: error },
    );
  }
}

async function exchange(
  configuration: Configuration,
  context: RequestContext,
): Promise<ApiResponse & { readonly status: number }> {
  const response = await configuration.httpApi.send(context).toPromise();
  const { httpStatusCode: status, headers, body } = response;
  return { status, headers, body: await read(body, headers) };
}

/** client-node's own `binary()` calls what fetch does not have. */
async function read(
  body: ResponseBody,
  headers: Readonly<Record<string, string>>,
): Promise<AnswerBody> {
  const stream = body.stream();
  const bytes = stream === null ? new Uint8Array() : await buffer(stream);
  return { bytes, contentType: headers['content-type'] };
}

function explain(
  error: unknown,
  context: RequestContext,
  about: {
    readonly request: ApiRequest;
    readonly surroundings: Surroundings;
    readonly options: TransportOptions;
  },
): unknown {
  const signal = context.getSignal();
  const { operation } = about.request;
  if (signal?.aborted !== true) return transportFailure(operation, error, about.surroundings);
  const reason: unknown = signal.reason;
  return isTimeout(reason)
    ? timeout(operation, about.options.requestTimeoutMs, about.surroundings)
    : reason;
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}
