import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { PodPort } from '../kubernetes/port-forward.ts';

/** Where a port of a pod is reached. */
export interface PodEndpoint extends PodPort {
  /** The pod's IP; used unless there is a `Dial`. */
  readonly ip: string;
}

/** Opens a connection to a port of a pod by other means than its IP: a port-forward. */
export type Dial = (port: PodPort) => Promise<Duplex>;

/** How pods are reached from here, and for how long an answer is waited for. */
export interface Reach {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly dial?: Dial | undefined;
}

/** A connection that is open. The caller destroys it. */
export async function openPodStream(endpoint: PodEndpoint, reach: Reach): Promise<Duplex> {
  reach.signal?.throwIfAborted();
  if (reach.dial !== undefined) return reach.dial(endpoint);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: endpoint.ip, port: endpoint.port, noDelay: true });
    socket.setTimeout(reach.timeoutMs, () => {
      socket.destroy(new Error(`no connection within ${String(reach.timeoutMs)} ms`));
    });
    const abort = (): void => void socket.destroy(new Error('cancelled'));
    reach.signal?.addEventListener('abort', abort, { once: true });
    socket.once('close', () => reach.signal?.removeEventListener('abort', abort));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
