import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { TLSSocket } from 'node:tls';

import type { CertificateFacts } from '../../../domain/certificate.ts';
import type { ChainVerdict } from '../../../domain/chain.ts';
import { presentedChain } from '../trust/presented-chain.ts';
import { startTcpServer } from '../tcp-server.ts';
import { readFirstBytes } from './client-hello.ts';

/** A connection that says nothing, or never finishes its handshake, is dropped after this. */
const silenceLimitMs = 10_000;
/** How long connections that would go on may still take to end by themselves once the listener is closed. */
const closeGraceMs = 500;

export interface ProxyServerOptions {
  readonly address: string;
  readonly port: number;
  /** The only server name that this proxy terminates TLS for: its own identity. */
  readonly serverName: string;
  /** The context with the current leaf; nothing before the first leaf. */
  secureContext(): SecureContext | undefined;
  judgeClient(chain: readonly CertificateFacts[]): ChainVerdict;
  onTls(socket: TLSSocket): void;
  /** Each connection ends by itself, so none is cut while it is still served: its silence ends it. */
  readonly endsByItself?: boolean;
  /** Without it, connections that are no TLS are closed. */
  readonly onPlain?: (socket: Socket) => void;
  onClientRejected?(clientPort: number, verdict: ChainVerdict): void;
}

export interface ProxyServer {
  /** Lets connections end for a moment, then cuts those that are left. */
  close(): Promise<void>;
}

/**
 * Listens as a proxy's inbound and admin ports do: looks at the first bytes, terminates mesh TLS for
 * its own name, asks for a client certificate, and cuts a connection whose certificate does not
 * verify. Node can send no alert of its own, so such a client sees a close without a byte.
 *
 * @throws when the address cannot be bound.
 */
export async function startProxyServer(options: ProxyServerOptions): Promise<ProxyServer> {
  const server = await startTcpServer({ host: options.address, port: options.port }, (socket) => {
    socket.setTimeout(silenceLimitMs, () => socket.destroy());
    detect(socket, options);
  });
  return {
    close: () => server.close(options.endsByItself === true ? silenceLimitMs : closeGraceMs),
  };
}

function detect(socket: Socket, options: ProxyServerOptions): void {
  let bytes: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const first = readFirstBytes(bytes);
    if (first.kind === 'incomplete') return;
    socket.off('data', onData);
    socket.pause();
    socket.unshift(bytes);
    if (first.kind === 'plain') {
      servePlain(socket, options);
    } else if (first.serverName === options.serverName) {
      terminate(socket, options);
    } else {
      socket.destroy();
    }
  };
  socket.on('data', onData);
}

function servePlain(socket: Socket, { onPlain }: ProxyServerOptions): void {
  if (onPlain === undefined) {
    socket.destroy();
    return;
  }
  onPlain(socket);
  socket.resume();
}

function terminate(socket: Socket, options: ProxyServerOptions): void {
  const secureContext = options.secureContext();
  if (secureContext === undefined) {
    socket.destroy();
    return;
  }
  const clientPort = socket.remotePort ?? 0;
  const tls = new TLSSocket(socket, {
    isServer: true,
    secureContext,
    requestCert: true,
    rejectUnauthorized: false,
  });
  // A failed handshake or a reset: the client sees it too.
  tls.on('error', () => socket.destroy());
  tls.once('secure', () => {
    // Node's own TLS server marks the end of the handshake so; HTTP/2 over the socket waits for it.
    Object.assign(tls, { secureConnecting: false });
    const chain = presentedChain(tls);
    const verdict = chain.length === 0 ? undefined : options.judgeClient(chain);
    if (verdict?.accepted === false) {
      options.onClientRejected?.(clientPort, verdict);
      tls.destroy();
    } else {
      options.onTls(tls);
    }
  });
}
