import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ClusterApi } from '../api/cluster-api.ts';
import { ServiceAccountTokens } from '../api/service-account-tokens.ts';
import type { Authorize, ClusterOptions } from '../cluster-options.ts';
import { KubeError } from '../kube-error.ts';
import { createServerCertificate } from '../../server-certificate.ts';
import { trackConnections } from '../../track-connections.ts';
import { nameOf, requireAccess, reviewAccess, verbOf } from './access.ts';
import { serveDiscovery } from './discovery.ts';
import { handleWrite } from './handlers.ts';
import { Lists } from './lists.ts';
import { toPartialMetadata, wantsMetadataOnly } from './representations.ts';
import { parseApiPath, resolveTarget } from './request-target.ts';
import type { RequestTarget } from './request-target.ts';
import { tokenCall } from './token-calls.ts';
import { serveWatch } from './watches.ts';

/** As kube-apiserver (`IdleTimeout` of its HTTP server): Node's own five seconds close what a client is about to use. */
const idleTimeoutMs = 90_000;

interface ApiServer {
  url: string;
  /** PEM of the CA behind the server's certificate. */
  ca: string;
  stop(): Promise<void>;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  method: string;
  user: string;
}

interface Services {
  api: ClusterApi;
  lists: Lists;
  tokens: ServiceAccountTokens;
  authorize: Authorize;
  faults: NonNullable<ClusterOptions['faults']>;
}

const REVIEW_PATH = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

function send(response: ServerResponse, code: number, body: object | string): void {
  const isText = typeof body === 'string';
  response.writeHead(code, { 'content-type': isText ? 'text/plain' : 'application/json' });
  response.end(isText ? body : JSON.stringify(body));
}

function sendError(response: ServerResponse, error: unknown): void {
  const known =
    error instanceof KubeError
      ? error
      : new KubeError(500, 'InternalError', {
          message: `Internal error occurred: ${String(error)}`,
        });
  if (response.headersSent) response.destroy();
  else send(response, known.code, known.toStatus());
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  // Sound: a request without an encoding set yields Buffers.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** The user is the bearer token itself, or whom that one may act as. */
function authenticate(authorize: Authorize, request: IncomingMessage): string {
  const user = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (user === undefined) throw new KubeError(401, 'Unauthorized', { message: 'Unauthorized' });
  const name = request.headers['impersonate-user'];
  if (typeof name !== 'string') return user;
  const users = { group: '', resource: 'users', subresource: '', namespace: '', name };
  requireAccess(authorize, { user, verb: 'impersonate', ...users });
  return name;
}

function serveRead(services: Services, exchange: Exchange, target: RequestTarget): void {
  const { api, lists } = services;
  const { request, response, url } = exchange;
  const query = url.searchParams;
  const metadataOnly = wantsMetadataOnly(request.headers.accept);
  if (['true', '1'].includes(query.get('watch') ?? '')) {
    serveWatch(api.store, { target, query, metadataOnly }, response);
  } else if (target.name === undefined) {
    send(response, 200, lists.list(target, query, metadataOnly));
  } else {
    const object = api.get(target.resource, { namespace: target.namespace, name: target.name });
    send(response, 200, metadataOnly ? toPartialMetadata(object) : object);
  }
}

async function serveObjects(services: Services, exchange: Exchange): Promise<void> {
  const { request, response, url, method, user } = exchange;
  const target = resolveTarget(services.api.store, url.pathname);
  const isWatch = ['true', '1'].includes(url.searchParams.get('watch') ?? '');
  requireAccess(services.authorize, {
    user,
    verb: verbOf(method, target, isWatch),
    group: target.resource.group,
    resource: target.resource.plural,
    subresource: target.subresource ?? '',
    namespace: target.namespace ?? '',
    name: nameOf(target, url.searchParams),
  });
  if (method === 'GET') {
    serveRead(services, exchange, target);
    return;
  }
  const answer = await handleWrite(services.api, {
    method,
    target,
    query: url.searchParams,
    contentType: request.headers['content-type'] ?? 'application/json',
    agent: request.headers['user-agent']?.split(/[\s/]/)[0] ?? 'unknown',
    body: await readBody(request),
  });
  send(response, answer.code, answer.body);
}

/** Answers the calls that are about no stored object; false for any other request. */
async function serveCall(services: Services, exchange: Exchange): Promise<boolean> {
  const { request, response, url, method, user } = exchange;
  if (method !== 'POST') return false;
  const token = tokenCall(services.tokens, url.pathname);
  if (token !== undefined) {
    requireAccess(services.authorize, { user, ...token.access });
    send(response, 201, token.answer(JSON.parse(await readBody(request))));
  } else if (url.pathname === REVIEW_PATH) {
    send(response, 201, reviewAccess(services.authorize, user, await readBody(request)));
  } else {
    return false;
  }
  return true;
}

async function serve(
  services: Services,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://kubernetes.default.svc');
  const method = request.method ?? 'GET';
  const user = authenticate(services.authorize, request);
  const exchange = { request, response, url, method, user };
  const fault = services.faults({ method, path: url.pathname, query: url.searchParams, user });
  if (fault === 'hang') return;
  if (fault !== undefined) {
    response.writeHead(fault.status, fault.headers ?? {});
    response.end(fault.body ?? '');
  } else if (await serveCall(services, exchange)) {
    return;
  } else if (parseApiPath(url.pathname)?.rest.some((part) => part !== '')) {
    await serveObjects(services, exchange);
  } else {
    send(response, 200, serveDiscovery(services.api.store, url.pathname));
  }
}

/** Serves the API over HTTPS on a loopback address with a certificate of its own CA. */
export async function startApiServer(api: ClusterApi, options: ClusterOptions): Promise<ApiServer> {
  const host = options.host ?? '127.0.0.1';
  const { ca, certificate, key } = await createServerCertificate(host, 'kubernetes.default.svc');
  const services: Services = {
    api,
    lists: new Lists(api.store),
    tokens: new ServiceAccountTokens(api.store),
    authorize: options.authorize ?? (() => true),
    faults: options.faults ?? (() => undefined),
  };
  const server = createServer({ cert: certificate, key }, (request, response) => {
    serve(services, request, response).catch((error: unknown) => sendError(response, error));
  });
  const cutConnections = trackConnections(server);
  server.keepAliveTimeout = idleTimeoutMs;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  // Sound: a TCP server that listens has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${host}:${port}`,
    ca,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Watches and hanging requests would keep close() waiting.
      cutConnections();
      await closed;
    },
  };
}
