import { once } from 'node:events';
import { constants } from 'node:crypto';
import type { Server as NetServer } from 'node:net';
import { createServer } from 'node:net';
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import { createServer as createTlsServer } from 'node:tls';
import type { ListenerAnswer, ListenerOrder, ListenerPair } from './listeners.ts';

/**
 * Many proxies' admin ports in one process: each has an address of its own, all share one key. It
 * answers as a proxy that holds `anchors` does, at the price of a handshake and nothing else.
 */
let handshakes = 0;
const listeners = new Map<string, { readonly server: NetServer; pair: string }>();
const pairs = new Map<string, TlsServer>();

const answerText = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nlive\n';

function tlsServerOf({ keyPem, chainPem, anchorsPem }: ListenerPair): TlsServer {
  const server = createTlsServer({
    key: keyPem,
    cert: chainPem,
    ca: anchorsPem,
    minVersion: 'TLSv1.3',
    requestCert: true,
    rejectUnauthorized: false,
    // As proxies do: nobody resumes, and a ticket costs a quarter of a handshake.
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  server.on('secureConnection', (socket) => {
    handshakes += 1;
    socket.on('error', () => socket.destroy());
    // Node can send no alert of its own: such a client sees a close without a byte.
    const isAnonymous = Object.keys(socket.getPeerCertificate()).length === 0;
    if (!isAnonymous && !isTrusted(socket)) socket.destroy();
    else socket.once('data', () => socket.end(answerText));
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

/** By its names OpenSSL takes a bridge for self-signed, which a proxy follows to the anchor. */
function isTrusted({ authorized, authorizationError }: TLSSocket): boolean {
  return authorized || String(authorizationError) === 'SELF_SIGNED_CERT_IN_CHAIN';
}

async function listen(address: string, port: number, pair: string): Promise<void> {
  const entry = { server: createServer({ noDelay: true }), pair };
  entry.server.on('connection', (socket) => pairs.get(entry.pair)?.emit('connection', socket));
  entry.server.listen(port, address, 128);
  await once(entry.server, 'listening');
  listeners.set(address, entry);
}

async function obey(order: ListenerOrder): Promise<void> {
  switch (order.kind) {
    case 'pair':
      pairs.set(order.name, tlsServerOf(order.pair));
      return;
    case 'listen':
      for (const address of order.addresses) await listen(address, order.port, order.pair);
      return;
    case 'present':
      for (const address of order.addresses) {
        const entry = listeners.get(address);
        if (entry !== undefined) entry.pair = order.pair;
      }
      return;
    case 'count':
      return;
  }
}

process.on('message', (message) => {
  // Sound: only `startListeners` has the other end of the channel, and sends nothing else.
  const { id, order } = message as { id: number; order: ListenerOrder };
  const answer = (rest: Omit<ListenerAnswer, 'id'>): void => void process.send?.({ id, ...rest });
  obey(order).then(
    () => answer({ handshakes }),
    (error: unknown) => answer({ handshakes, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
