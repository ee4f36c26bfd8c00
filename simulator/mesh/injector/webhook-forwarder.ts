import { connect, createServer } from 'node:net';

import { Port } from '../linkerd-names.ts';

/** One stable address in front of the injector's replicas. */
export interface WebhookForwarder {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Forwards connections to a ready injector replica, as a Service would. A real API server needs it: it
 * has no way to a Service here, since Kubernetes allows no loopback address in an EndpointSlice.
 *
 * @param podIps the replicas that are ready now
 */
export async function startWebhookForwarder(
  podIps: () => readonly string[],
): Promise<WebhookForwarder> {
  const server = createServer((incoming) => {
    const ready = podIps();
    const host = ready[Math.floor(Math.random() * ready.length)];
    if (host === undefined) {
      incoming.destroy();
      return;
    }
    const outgoing = connect({ host, port: Port.Injector });
    incoming.pipe(outgoing).pipe(incoming);
    // Either side's error ends both; the API server sees a failed call.
    incoming.on('error', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The forwarder has no port');
  return {
    url: `https://127.0.0.1:${address.port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
}
