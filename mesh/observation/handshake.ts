import type { Duplex } from 'node:stream';
import type { SecureContext, TLSSocket } from 'node:tls';
import { connect, createSecureContext } from 'node:tls';
import { messageOf } from './errors.ts';
import type { PodEndpoint, Reach } from './pod-endpoint.ts';
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
  reach.signal?.throwIfAborted();
  let carrier: Carrier;
  try {
    carrier = await carrierOf(question.endpoint, reach);
  } catch (error) {
    reach.signal?.throwIfAborted();
    return { outcome: 'unreachable', detail: messageOf(error) };
  }
  const end = await converse(carrier, question, reach);
  reach.signal?.throwIfAborted();
  if (end.outcome !== 'no-handshake') return end;
  return whyNoHandshake(question, reach, end.detail);
}

/** What TLS is spoken over: a connection that is open, or an address to which TLS opens its own. */
type Carrier = { readonly socket: Duplex } | { readonly host: string; readonly port: number };

/** To connect first and wrap TLS around it would cost every handshake a socket more. */
async function carrierOf(endpoint: PodEndpoint, { dial }: Reach): Promise<Carrier> {
  if (dial !== undefined) return { socket: await dial(endpoint) };
  return { host: endpoint.ip, port: endpoint.port };
}

type ConversationEnd =
  | ProxyAnswer
  /** The connection ended before the handshake did. */
  | { readonly outcome: 'no-handshake'; readonly detail: string };

/** How far a conversation has come. */
type Stage = 'connecting' | 'shaking-hands' | 'asked';

function openTls(carrier: Carrier, { serverName, probe }: ProxyQuestion): TLSSocket {
  const socket = connect({
    ...carrier,
    servername: serverName,
    secureContext: probe === undefined ? anonymous : contextOf(probe),
    rejectUnauthorized: false,
  });
  return socket.setNoDelay(true);
}

function converse(
  carrier: Carrier,
  question: ProxyQuestion,
  { timeoutMs, signal }: Reach,
): Promise<ConversationEnd> {
  return new Promise((resolve) => {
    const socket = openTls(carrier, question);
    const stream = 'socket' in carrier ? carrier.socket : undefined;
    let stage: Stage = stream === undefined ? 'connecting' : 'shaking-hands';

    function settle(end: ConversationEnd): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      stream?.destroy();
      resolve(end);
    }
    function onEnd(error?: Error): void {
      settle(endOf(stage, question, error));
    }
    function onAbort(): void {
      settle({ outcome: 'unreachable', detail: 'cancelled' });
    }
    const timer = setTimeout(() => {
      const what = stage === 'connecting' ? 'connection' : 'answer';
      settle({ outcome: 'unreachable', detail: `no ${what} within ${String(timeoutMs)} ms` });
    }, timeoutMs);

    signal?.addEventListener('abort', onAbort, { once: true });
    socket.on('error', onEnd);
    stream?.on('error', onEnd);
    socket.once('close', () => onEnd());
    socket.once('connect', () => {
      stage = 'shaking-hands';
    });
    socket.once('secureConnect', () => {
      stage = 'asked';
      const { serverName } = question;
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

function endOf(stage: Stage, { probe }: ProxyQuestion, error: Error | undefined): ConversationEnd {
  const alert = alertOf(error);
  const said = alert === undefined ? undefined : `TLS alert ${alert.name}`;
  const detail = said ?? error?.message ?? 'the connection was closed without a byte';
  if (stage === 'connecting') return { outcome: 'unreachable', detail };
  if (stage === 'shaking-hands') return { outcome: 'no-handshake', detail };
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
