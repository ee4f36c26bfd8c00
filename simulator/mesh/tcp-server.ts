import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { trackConnections } from '../track-connections.ts';

/** Many clients may knock at once, when a whole fleet does the same. */
const backlog = 1_024;

export interface TcpServer {
  readonly port: number;
  /**
   * Takes the connections that the kernel has accepted, stops listening, and cuts those that have not
   * ended by themselves within the grace.
   */
  close(graceMs?: number): Promise<void>;
}

/**
 * Listens on an address; port 0 takes a free one. An error of a connection ends it: its peer sees that.
 *
 * @throws when the address cannot be bound.
 */
export async function startTcpServer(
  { host, port }: { readonly host: string; readonly port: number },
  serve: (socket: Socket) => void,
): Promise<TcpServer> {
  let taken = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    taken += 1;
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  const cutConnections = trackConnections(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, backlog, resolve);
  });
  return {
    // Sound: a TCP server that listens has an address of this form.
    port: (server.address() as AddressInfo).port,
    close: async (graceMs = 0) => {
      // What still waits to be accepted would be reset. A turn of the event loop may bring but one.
      for (let before = -1; before !== taken;) {
        before = taken;
        await setImmediate();
      }
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const cut = setTimeout(cutConnections, graceMs);
      await closed;
      clearTimeout(cut);
    },
  };
}
