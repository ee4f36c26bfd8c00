import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { connect, createSecureContext } from 'node:tls';
import { messageOf } from './errors.ts';
import type { PodEndpoint, Reach } from './pod-endpoint.ts';
import { openPodStream } from './pod-endpoint.ts';
import { requestPod } from './pod-http.ts';
import type { PresentedChain } from './presented-chain.ts';
import { presentedChain } from './presented-chain.ts';
import type { TlsAlert } from './tls-alert.ts';
import { alertOf } from './tls-alert.ts';

/** What is presented to a proxy to learn whether it trusts it. The key stays in memory. */
export interface ClientPair {
  readonly keyPem: string;
  /** Leaf first, then everything that is presented with it. */
  readonly chainPem: string;
}

export interface ProxyQuestion {
  readonly endpoint: PodEndpoint;
  /** The proxy's own identity; it terminates TLS for no other name. */
  readonly serverName: string;
  /** Absent: a handshake without a client certificate, which every proxy with a leaf answers. */
  readonly probe?: ClientPair;
}

/**
 * - `answered`: the handshake and the request succeeded
 * - `refused`: a TLS alert, or a close after our Finished without a byte. By itself no proof: it counts
 *   only between two handshakes without a certificate that the same port answers
 * - `no-leaf`: the proxy lives, but has no certificate to present yet
 * - `unreachable`: no connection, no answer in time, or one that a proxy does not give
 */
export type ProxyAnswer =
  | {
      readonly outcome: 'answered';
      readonly chain: PresentedChain;
      /** Only then does an answer to a probe say that the probe was verified. */
      readonly askedForCertificate: boolean;
    }
  | {
      readonly outcome: 'refused';
      /** Absent where the connection was just closed. */
      readonly alert?: TlsAlert;
      readonly detail: string;
    }
  | { readonly outcome: 'no-leaf' | 'unreachable'; readonly detail: string };

/** The rustls of a proxy speaks TLS 1.3 only, and resumes nothing (linkerd2-proxy `creds.rs`). */
const tlsLimits = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const;

/**
 * `ca` stays empty on purpose: nothing is judged by OpenSSL, whose path building gives up where two
 * anchors share a name.
 */
const anonymous = createSecureContext({ ...tlsLimits, ca: [] });
const contexts = new WeakMap<ClientPair, SecureContext>();

/**
 * One handshake with a proxy's admin port, and one request over it. In TLS 1.3 the client's handshake
 * is through before the server has judged the client's certificate: only the first byte, or the alert
 * in its place, decides.
 * @throws nothing but the reason of an aborted signal.
 */
export async function askProxy(question: ProxyQuestion, reach: Reach): Promise<ProxyAnswer> {
  let stream: Duplex;
  try {
    stream = await openPodStream(question.endpoint, reach);
  } catch (error) {
    reach.signal?.throwIfAborted();
    return { outcome: 'unreachable', detail: messageOf(error) };
  }
  const end = await converse(stream, question, reach);
  reach.signal?.throwIfAborted();
  if (end.outcome !== 'no-handshake') return end;
  return whyNoHandshake(question, reach, end.detail);
}

type ConversationEnd =
  | ProxyAnswer
  /** The connection ended before the handshake did. */
  | { readonly outcome: 'no-handshake'; readonly detail: string };

function converse(
  stream: Duplex,
  question: ProxyQuestion,
  { timeoutMs, signal }: Reach,
): Promise<ConversationEnd> {
  return new Promise((resolve) => {
    const { serverName, probe } = question;
    const secureContext = probe === undefined ? anonymous : contextOf(probe);
    const socket = connect({
      socket: stream,
      servername: serverName,
      secureContext,
      rejectUnauthorized: false,
    });
    let isHandshakeOver = false;

    function settle(end: ConversationEnd): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      stream.destroy();
      resolve(end);
    }
    function onEnd(error?: Error): void {
      settle(endOf(isHandshakeOver, question, error));
    }
    function onAbort(): void {
      settle({ outcome: 'unreachable', detail: 'cancelled' });
    }
    const timer = setTimeout(() => {
      settle({ outcome: 'unreachable', detail: `no answer within ${String(timeoutMs)} ms` });
    }, timeoutMs);

    signal?.addEventListener('abort', onAbort, { once: true });
    socket.on('error', onEnd);
    stream.on('error', onEnd);
    socket.once('close', () => onEnd());
    socket.once('secureConnect', () => {
      isHandshakeOver = true;
      socket.write(`GET /live HTTP/1.1\r\nhost: ${serverName}\r\nconnection: close\r\n\r\n`);
    });
    socket.once('data', () => {
      settle({
        outcome: 'answered',
        chain: presentedChain(socket),
        // On a client these are empty unless the server sent a CertificateRequest.
        askedForCertificate: socket.getSharedSigalgs().length > 0,
      });
    });
  });
}

function endOf(
  isHandshakeOver: boolean,
  { probe }: ProxyQuestion,
  error: Error | undefined,
): ConversationEnd {
  const alert = alertOf(error);
  const said = alert === undefined ? undefined : `TLS alert ${alert.name}`;
  const detail = said ?? error?.message ?? 'the connection was closed without a byte';
  if (!isHandshakeOver) return { outcome: 'no-handshake', detail };
  if (probe === undefined) return { outcome: 'unreachable', detail };
  return {
    outcome: 'refused',
    detail,
    ...(alert === undefined ? {} : { alert }),
  };
}

/** A proxy without a leaf fails every handshake and says over plain HTTP that it is not ready. */
async function whyNoHandshake(
  { endpoint, serverName }: ProxyQuestion,
  reach: Reach,
  detail: string,
): Promise<ProxyAnswer> {
  try {
    const { status } = await requestPod(endpoint, { path: '/ready' }, reach);
    if (status === 503) {
      return { outcome: 'no-leaf', detail: 'the proxy is not ready: it has no certificate yet' };
    }
    return {
      outcome: 'unreachable',
      detail: `no TLS handshake as ${serverName} (${detail}), though /ready answers ${String(status)}`,
    };
  } catch (error) {
    reach.signal?.throwIfAborted();
    return {
      outcome: 'unreachable',
      detail: `no TLS handshake (${detail}), and /ready gave no answer (${messageOf(error)})`,
    };
  }
}

function contextOf(pair: ClientPair): SecureContext {
  const known = contexts.get(pair);
  if (known !== undefined) return known;
  const context = createSecureContext({
    ...tlsLimits,
    ca: [],
    key: pair.keyPem,
    cert: pair.chainPem,
  });
  contexts.set(pair, context);
  return context;
}
