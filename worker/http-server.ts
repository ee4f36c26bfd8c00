import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

export interface HttpServerOptions {
  /** Left out: every address, IPv6 and IPv4. */
  readonly host?: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly metrics: Pick<Metrics, 'contentType' | 'render'>;
  /** The process should be left alone. */
  readonly isAlive: () => boolean;
  /** The worker takes work. */
  readonly isReady: () => boolean;
}

export interface RunningHttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `/metrics`, `/healthz` and `/readyz`. */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningHttpServer> {
  const routes: Readonly<Record<string, () => Promise<Answer>>> = {
    '/metrics': async () => ({
      status: 200,
      body: await options.metrics.render(),
      type: options.metrics.contentType,
    }),
    '/healthz': () => Promise.resolve(yesOrNo(options.isAlive())),
    '/readyz': () => Promise.resolve(yesOrNo(options.isReady())),
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    // Nothing here rejects: what a route throws becomes its answer.
    void answerOf(routes[path] ?? notFound).then(({ status, body, type }) => {
      response.writeHead(status, { 'content-type': type }).end(body);
    });
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  // Sound: a server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type: string;
}

const text = 'text/plain; charset=utf-8';

async function answerOf(route: () => Promise<Answer>): Promise<Answer> {
  try {
    return await route();
  } catch (error) {
    return { status: 500, body: `${String(error)}\n`, type: text };
  }
}

function yesOrNo(yes: boolean): Answer {
  return { status: yes ? 200 : 503, body: yes ? 'ok\n' : 'not ok\n', type: text };
}

function notFound(): Promise<Answer> {
  return Promise.resolve({ status: 404, body: 'not found\n', type: text });
}
