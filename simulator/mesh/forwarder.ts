import { connect } from 'node:net';

import type { TcpServer } from './tcp-server.ts';
import { startTcpServer } from './tcp-server.ts';

/**
 * One stable address on the loopback in front of the replicas of a component, as a Service is:
 * Kubernetes allows no loopback address in an EndpointSlice, so no real Service can lead to them.
 *
 * @param podIps the replicas that are ready now
 */
export function startForwarder(port: number, podIps: () => readonly string[]): Promise<TcpServer> {
  return startTcpServer({ host: '127.0.0.1', port: 0 }, (incoming) => {
    const ready = podIps();
    const host = ready[Math.floor(Math.random() * ready.length)];
    if (host === undefined) {
      incoming.destroy();
      return;
    }
    const outgoing = connect({ host, port });
    incoming.pipe(outgoing).pipe(incoming);
    // Either side's end ends both; the caller sees a failed call.
    incoming.once('close', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
    // What the caller still says (TLS says goodbye) has nowhere to go, and unread it would keep the socket.
    outgoing.once('close', () => incoming.resume());
  });
}
