import type { Server, Socket } from 'node:net';

/**
 * From now on knows what is connected to a server, and gives what ends it all at once. Over HTTPS
 * `closeAllConnections` knows none that still shakes hands, and a server that closes waits for those.
 */
export function trackConnections(server: Server): () => void {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => open.forEach((socket) => socket.destroy());
}
