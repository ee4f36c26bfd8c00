import { KubeConfig } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import { Agent, request } from 'undici';
import { z } from 'zod';

/** Beyond this a request has failed; a watch is bounded by its own `timeoutSeconds`. */
const requestTimeoutMs = 30_000;
const pageSize = 500;
/** Watches hold a connection each; requests share the rest. */
const connections = 16;

const listPage = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z.array(z.unknown()),
});

const watchEvent = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.unknown(),
});
export type WatchEvent = z.infer<typeof watchEvent>;

/** A request that the API server answered with an error. */
export class KubeRequestError extends Error {
  readonly status: number;

  constructor(what: string, status: number, body: string) {
    super(`${what} was answered with ${status}: ${body.slice(0, 500)}`);
    this.name = 'KubeRequestError';
    this.status = status;
  }
}

/** The Kubernetes API as the mesh half uses it: raw JSON over one shared pool of connections. */
export interface KubeApi {
  get(path: string): Promise<unknown>;
  create(path: string, body: unknown): Promise<unknown>;
  /** JSON merge patch; creates nothing. */
  mergePatch(path: string, body: unknown): Promise<unknown>;
  /** Strategic merge patch: a list with a key, such as conditions, keeps what others wrote into it. */
  strategicPatch(path: string, body: unknown): Promise<unknown>;
  delete(path: string, body: unknown): Promise<void>;
  /** All pages, and the resource version to watch from. */
  list(path: string): Promise<{ readonly items: unknown[]; readonly resourceVersion: string }>;
  /** Reads watch events until the server ends the watch or `signal` aborts. */
  watch(path: string, resourceVersion: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
  close(): Promise<void>;
}

/**
 * Connects to the cluster of the kubeconfig's current context, with its certificates or token.
 *
 * @throws when the kubeconfig names no cluster.
 */
export async function connectKubeApi(kubeConfigYaml: string): Promise<KubeApi> {
  const config = new KubeConfig();
  config.loadFromString(kubeConfigYaml);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error('The kubeconfig has no current cluster');
  const security: { headers?: Record<string, string>; ca?: string; cert?: string; key?: string } =
    {};
  await config.applyToHTTPSOptions(security);
  const { ca, cert, key } = security;
  const agent = new Agent({
    connections,
    keepAliveTimeout: 30_000,
    bodyTimeout: 0,
    connect: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
  });
  return kubeApiOver({ server, agent, headers: security.headers ?? {} });
}

interface Connection {
  readonly server: string;
  readonly agent: Agent;
  readonly headers: Record<string, string>;
}

function kubeApiOver(connection: Connection): KubeApi {
  const json = (
    method: Dispatcher.HttpMethod,
    path: string,
    body?: { readonly type: string; readonly value: unknown },
  ): Promise<unknown> => sendJson(connection, method, path, body);

  return {
    get: (path) => json('GET', path),
    create: (path, value) => json('POST', path, { type: 'application/json', value }),
    mergePatch: (path, value) =>
      json('PATCH', path, { type: 'application/merge-patch+json', value }),
    strategicPatch: (path, value) =>
      json('PATCH', path, { type: 'application/strategic-merge-patch+json', value }),
    delete: async (path, value) => {
      await json('DELETE', path, { type: 'application/json', value });
    },
    list: async (path) => {
      const items: unknown[] = [];
      let token: string | undefined;
      for (;;) {
        const next = token === undefined ? '' : `&continue=${encodeURIComponent(token)}`;
        const page = listPage.parse(await json('GET', `${path}?limit=${pageSize}${next}`));
        items.push(...page.items);
        token = page.metadata.continue;
        if (!token) return { items, resourceVersion: page.metadata.resourceVersion };
      }
    },
    watch: (path, resourceVersion, signal) =>
      readWatch(connection, `${path}?watch=1&resourceVersion=${resourceVersion}`, signal),
    close: () => connection.agent.destroy(),
  };
}

async function sendJson(
  { server, agent, headers }: Connection,
  method: Dispatcher.HttpMethod,
  path: string,
  body?: { readonly type: string; readonly value: unknown },
): Promise<unknown> {
  const response = await request(server + path, {
    method,
    dispatcher: agent,
    headers: {
      ...headers,
      accept: 'application/json',
      ...(body && { 'content-type': body.type }),
    },
    ...(body && { body: JSON.stringify(body.value) }),
    signal: AbortSignal.timeout(requestTimeoutMs),
  });
  const text = await response.body.text();
  if (response.statusCode >= 300) {
    throw new KubeRequestError(`${method} ${path}`, response.statusCode, text);
  }
  return JSON.parse(text);
}

async function* readWatch(
  { server, agent, headers }: Connection,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const response = await request(`${server}${path}&allowWatchBookmarks=true&timeoutSeconds=300`, {
    dispatcher: agent,
    headers: { ...headers, accept: 'application/json' },
    signal,
  });
  if (response.statusCode !== 200) {
    throw new KubeRequestError(`WATCH ${path}`, response.statusCode, await response.body.text());
  }
  let rest = '';
  response.body.setEncoding('utf8');
  for await (const chunk of response.body) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield watchEvent.parse(JSON.parse(line));
  }
}

/** The status of an API server's refusal; undefined for every other error. */
export function refusalStatus(error: unknown): number | undefined {
  return error instanceof KubeRequestError ? error.status : undefined;
}
