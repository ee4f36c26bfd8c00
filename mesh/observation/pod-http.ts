import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import { maxPodAnswerBytes } from './limits.ts';
import type { PodEndpoint, Reach } from './pod-endpoint.ts';
import { openPodStream } from './pod-endpoint.ts';

export interface PodRequest {
  readonly path: string;
  /** A JSON text; with it the request is a POST. */
  readonly json?: string;
  /** HTTPS; the server's certificate is not verified (it is reached by address, nothing secret is sent). */
  readonly secure?: boolean;
}

export interface PodResponse {
  readonly status: number;
  readonly body: string;
  /** The pod's own clock, from the `Date` header; whole seconds, Unix milliseconds. */
  readonly dateMs?: number;
}

/**
 * One HTTP exchange with a port of a pod.
 * @throws Error when there is no answer in time; the signal's own reason when it was aborted.
 */
export async function requestPod(
  endpoint: PodEndpoint,
  request: PodRequest,
  reach: Reach,
): Promise<PodResponse> {
  const deadline = AbortSignal.timeout(reach.timeoutMs);
  const signal = reach.signal === undefined ? deadline : AbortSignal.any([reach.signal, deadline]);
  try {
    const stream = await openPodStream(endpoint, reach);
    try {
      return await exchange(stream, endpoint, { ...request, signal });
    } finally {
      stream.destroy();
    }
  } catch (error) {
    reach.signal?.throwIfAborted();
    if (deadline.aborted) {
      throw new Error(`no answer within ${String(reach.timeoutMs)} ms`, { cause: error });
    }
    throw error;
  }
}

function exchange(
  stream: Duplex,
  endpoint: PodEndpoint,
  options: PodRequest & { readonly signal: AbortSignal },
): Promise<PodResponse> {
  const { path, json, secure, signal } = options;
  return new Promise((resolve, reject) => {
    const connection =
      secure === true ? tlsConnect({ socket: stream, rejectUnauthorized: false }) : stream;
    // Errors reach the request too; without a listener of its own a late one would end the process.
    connection.on('error', reject);
    stream.on('error', reject);
    const outgoing = httpRequest(
      {
        // Instead of an agent: with one, the function is not asked.
        createConnection: () => connection,

        method: json === undefined ? 'GET' : 'POST',
        path,
        headers: {
          host: `${endpoint.ip}:${String(endpoint.port)}`,
          connection: 'close',
          ...(json === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }),
        },
        signal,
      },
      (response) => {
        readBody(response).then((body) => {
          resolve({ status: response.statusCode ?? 0, body, ...dateOf(response) });
        }, reject);
      },
    );
    outgoing.once('error', reject);
    outgoing.end(json);
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    // A response without an encoding yields Buffers.
    const buffer = chunk as Buffer;
    bytes += buffer.length;
    if (bytes > maxPodAnswerBytes) throw new Error('the answer is longer than any expected one');
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function dateOf(response: IncomingMessage): { dateMs?: number } {
  const dateMs = Date.parse(response.headers.date ?? '');
  return Number.isNaN(dateMs) ? {} : { dateMs };
}
