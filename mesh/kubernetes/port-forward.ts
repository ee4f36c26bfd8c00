import { Duplex, PassThrough } from 'node:stream';
import type { KubeConfig } from './client-node.ts';
import { PortForward } from './client-node.ts';
import { UnreachableError } from './errors.ts';
import { isObject } from './is-object.ts';
import type { Operation } from './operation.ts';
import { redact } from './redact.ts';
import { resources } from './resources.ts';

export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** What of a WebSocket a forwarded connection needs; `isomorphic-ws` gives more. */
interface Socket {
  close(): void;
  addEventListener(event: 'close', listener: () => void): void;
}

/**
 * A TCP-like connection to a port of a pod, through the API server. TLS can run over it:
 * `tls.connect({ socket })`. It ends when the API server or the pod ends it, and errors with the
 * kubelet's own text when the pod refuses the connection.
 * @throws UnreachableError when the connection is refused, or not open within `timeoutMs`.
 */
export async function openPortForward(
  config: KubeConfig,
  target: PodPort,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<Duplex> {
  const fromPod = new PassThrough();
  const toPod = new PassThrough();
  const errors = new PassThrough();
  const forward = new PortForward(config);
  const { namespace, pod, port } = target;
  const opening: Promise<unknown> = forward.portForward(
    namespace,
    pod,
    [port],
    fromPod,
    errors,
    toPod,
  );
  const socket = await withTimeout(opening, timeoutMs).catch((error: unknown) => {
    // One that opens after all would stay open unnoticed.
    void opening.then((late) => isSocket(late) && late.close()).catch(() => undefined);
    throw unreachable(target, error, timeoutMs);
  });
  if (!isSocket(socket)) {
    throw unreachable(target, new Error('no connection was opened'), timeoutMs);
  }
  return joinStreams(target, { socket, fromPod, toPod, errors });
}

/** The client's declared type needs `@types/ws`, and its result may be a getter when it retries. */
function isSocket(value: unknown): value is Socket {
  return isObject(value) && 'close' in value && 'addEventListener' in value;
}

function joinStreams(
  target: PodPort,
  parts: {
    readonly socket: Socket;
    readonly fromPod: PassThrough;
    readonly toPod: PassThrough;
    readonly errors: PassThrough;
  },
): Duplex {
  const { socket, fromPod, toPod, errors } = parts;
  const duplex = new Duplex({
    read: () => {
      fromPod.resume();
    },
    write: (chunk, _encoding, done) => {
      toPod.write(chunk, done);
    },
    // The protocol knows no half-close: closing now would cut off an answer under way.
    final: (done) => {
      done();
    },
    destroy: (error, done) => {
      socket.close();
      done(error);
    },
  });
  fromPod.on('data', (chunk: Buffer) => {
    if (!duplex.push(chunk)) fromPod.pause();
  });
  fromPod.on('end', () => {
    duplex.push(null);
  });
  errors.on('data', (text: Buffer) => {
    if (text.length > 0) duplex.destroy(unreachable(target, new Error(text.toString('utf8'))));
  });
  socket.addEventListener('close', () => {
    fromPod.end();
    errors.end();
  });
  return duplex;
}

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not open within ${String(timeoutMs)} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}

function unreachable(target: PodPort, error: unknown, timeoutMs?: number): UnreachableError {
  const operation: Operation = {
    verb: 'create',
    type: resources.pods,
    namespace: target.namespace,
    name: target.pod,
    subresource: 'portforward',
  };
  const detail = errorDetail(error);
  const nextStep =
    timeoutMs === undefined
      ? `check that something listens on port ${String(target.port)} of the pod`
      : 'check that the pod runs and that you may get and create pods/portforward in its namespace';
  return new UnreachableError(operation, {
    happened: `port ${String(target.port)} gave no connection (${detail})`,
    nextStep,
    cause: error,
  });
}

/** `isomorphic-ws` rejects with an event that carries the error; the API server's status stands in it. */
function errorDetail(error: unknown): string {
  if (error instanceof Error) return redact(error.message);
  const message = (error as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? redact(message) : 'no further detail';
}
