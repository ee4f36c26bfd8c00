import type { TLSSocket } from 'node:tls';
import { connect } from 'node:tls';

import type { CertificateFacts } from '../../../domain/certificate.ts';
import type { ChainVerdict } from '../../../domain/chain.ts';
import { proxyTlsContext } from '../trust/tls-context.ts';
import { presentedChain } from '../trust/presented-chain.ts';
import { judgePeer } from '../trust/trust-judge.ts';
import type { ProxyCredentials } from './proxy-credentials.ts';

/** What a proxy without a leaf connects with. */
const anonymousContext = proxyTlsContext();

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  /** The identity the server must prove. */
  readonly serverName: string;
  readonly timeoutMs: number;
}

/** The client finished its handshake and judged what the server presented. */
export interface Dialled {
  readonly socket: TLSSocket;
  readonly chain: readonly CertificateFacts[];
  readonly verdict: ChainVerdict;
}

/** The server's chain verifies, but for another name than the one dialled. */
export function provesName(chain: readonly CertificateFacts[], name: string): boolean {
  return chain[0]?.dnsNames.includes(name) ?? false;
}

/**
 * Opens a mutual-TLS connection as a proxy does, presenting its leaf when it has one. In TLS 1.3 the
 * server may still refuse the client's certificate afterwards: only its first byte proves otherwise.
 * The caller owns the socket, whatever the verdict.
 *
 * @throws the socket's error when no handshake came about.
 */
export function dial(credentials: ProxyCredentials, options: DialOptions): Promise<Dialled> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: options.host,
      port: options.port,
      servername: options.serverName,
      secureContext: credentials.leaf()?.secureContext ?? anonymousContext,
      rejectUnauthorized: false,
    });
    socket.setNoDelay(true);
    socket.setTimeout(options.timeoutMs, () => socket.destroy(new DialTimeout(options)));
    socket.on('error', reject);
    socket.once('close', () => reject(new DialClosed(options)));
    socket.once('secureConnect', () => {
      const chain = presentedChain(socket);
      resolve({ socket, chain, verdict: judgePeer(chain, credentials.anchors, 'serverAuth') });
    });
  });
}

/** Nothing happened for the whole timeout. */
export class DialTimeout extends Error {
  constructor({ host, port, timeoutMs }: DialOptions) {
    super(`No answer from ${host}:${port} within ${timeoutMs} ms`);
    this.name = 'DialTimeout';
  }
}

/** The server closed before the handshake was through. */
export class DialClosed extends Error {
  constructor({ host, port }: DialOptions) {
    super(`${host}:${port} closed the connection during the handshake`);
    this.name = 'DialClosed';
  }
}
