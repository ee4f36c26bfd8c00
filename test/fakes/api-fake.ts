import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { stringify } from 'yaml';
import { trackConnections } from '../../simulator/track-connections.ts';
import { createServerCertificate } from './server-certificate.ts';

/** One request as the fake got it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What the script does with a request: answer it, let it wait for ever, or cut its connection. */
export type Reply =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | 'hang'
  | 'reset';

export type Script = (request: SeenRequest) => Reply | Promise<Reply>;

/** An API server that does only what a test tells it to; no object is ever stored. */
export interface ApiFake {
  readonly url: string;
  readonly kubeConfigYaml: string;
  readonly requests: readonly SeenRequest[];
  /** TLS connections accepted so far. */
  connections(): number;
  /** What to do from now on. */
  script(script: Script): void;
  stop(): Promise<void>;
}

/** A failure as the API server words it. */
export function statusReply(
  status: number,
  reason: string,
  extra: { readonly message?: string; readonly headers?: Record<string, string> } = {},
): Reply {
  return {
    status,
    headers: extra.headers ?? {},
    body: { kind: 'Status', status: 'Failure', reason, message: extra.message ?? `${reason}.` },
  };
}

/** The answer to the question whether we have a right. */
export function accessReview(allowed: boolean): Reply {
  return { status: 201, body: { kind: 'SelfSubjectAccessReview', status: { allowed } } };
}

/** A server whose roles give us nothing. */
export const denyEverything: Script = ({ path }) =>
  path.endsWith('/selfsubjectaccessreviews') ? accessReview(false) : statusReply(403, 'Forbidden');

export async function startApiFake(): Promise<ApiFake> {
  const { cert, key } = await createServerCertificate();
  const requests: SeenRequest[] = [];
  let connections = 0;
  let script: Script = () => statusReply(404, 'NotFound');

  const server = createServer({ cert, key }, (incoming, response) => {
    void handle(incoming, response);
  });

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    requests.push(request);
    const reply = await script(request);
    if (reply === 'hang') return;
    if (reply === 'reset') {
      incoming.socket.destroy();
      return;
    }
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(isText(reply.body) ? reply.body : JSON.stringify(reply.body ?? {}));
  }

  const cutConnections = trackConnections(server);
  server.on('secureConnection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Sound: a listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${String(port)}`;

  return {
    url,
    kubeConfigYaml: kubeConfigYaml(url, cert),
    requests,
    connections: () => connections,
    script: (next) => {
      script = next;
    },
    stop: async () => {
      cutConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readRequest(incoming: IncomingMessage): Promise<SeenRequest> {
  const url = new URL(incoming.url ?? '/', 'https://fake');
  let body = '';
  for await (const chunk of incoming) body += String(chunk);
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body,
  };
}

function kubeConfigYaml(server: string, ca: string): string {
  const caData = Buffer.from(ca).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server, 'certificate-authority-data': caData } }],
    users: [{ name: 'tester', user: { token: 'fake-token' } }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'tester' } }],
    'current-context': 'fake',
  });
}

/** Written as it is; anything else is written as JSON. */
function isText(body: unknown): body is string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array;
}
