import { Port } from '../linkerd-names.ts';
import { DialClosed, DialTimeout, dial, provesName } from '../proxy/mutual-tls.ts';
import type { Proxy } from '../proxy/proxy.ts';
import { acceptedByte } from '../proxy/proxy.ts';

export const HandshakeResult = {
  /** Both sides verified, and the client read the server's byte. */
  Ok: 'ok',
  Refused: 'refused',
  Reset: 'reset',
  Timeout: 'timeout',
  ClientRejected: 'client-rejected',
  ServerRejected: 'server-rejected',
  /** Closed without a byte, and not because the server refused the client's certificate. */
  Closed: 'closed',
  Error: 'error',
} as const;
export type HandshakeResult = (typeof HandshakeResult)[keyof typeof HandshakeResult];

export interface HandshakeOutcome {
  readonly result: HandshakeResult;
  readonly detail?: string;
}

/** One new mesh connection from `client` to port 4143 of `server`, to its very end. Never throws. */
export async function attemptHandshake(
  client: Proxy,
  server: Proxy,
  timeoutMs: number,
): Promise<HandshakeOutcome> {
  const serverName = server.credentials.name;
  let clientPort: number | undefined;
  try {
    const { socket, chain, verdict } = await dial(client.credentials, {
      host: server.podIp,
      port: Port.Inbound,
      serverName,
      timeoutMs,
    });
    clientPort = socket.localPort;
    try {
      if (!verdict.accepted) {
        return { result: HandshakeResult.ClientRejected, detail: verdict.fault };
      }
      if (!provesName(chain, serverName)) {
        return { result: HandshakeResult.ClientRejected, detail: `not ${serverName}` };
      }
      const answer = await firstByte(socket);
      if (answer === acceptedByte) return { result: HandshakeResult.Ok };
      return serverVerdict(server, clientPort, HandshakeResult.Closed);
    } finally {
      socket.destroy();
    }
  } catch (error) {
    return serverVerdict(server, clientPort, resultOf(error), String(error));
  }
}

/** The first byte, or nothing when the server ends without one. */
function firstByte(socket: NodeJS.ReadableStream): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    socket.once('data', (data: Buffer) => resolve(data.toString('latin1')));
    socket.once('end', () => resolve(undefined));
    socket.once('close', () => resolve(undefined));
    socket.once('error', reject);
  });
}

/** A client cannot tell a rejection from a reset; the server in the same process can. */
function serverVerdict(
  server: Proxy,
  clientPort: number | undefined,
  otherwise: HandshakeResult,
  detail?: string,
): HandshakeOutcome {
  const rejection = clientPort === undefined ? undefined : server.takeRejection(clientPort);
  if (rejection?.accepted === false) {
    return { result: HandshakeResult.ServerRejected, detail: rejection.fault };
  }
  return { result: otherwise, ...(detail === undefined ? {} : { detail }) };
}

function resultOf(error: unknown): HandshakeResult {
  if (error instanceof DialTimeout) return HandshakeResult.Timeout;
  if (error instanceof DialClosed) return HandshakeResult.Closed;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ECONNREFUSED') return HandshakeResult.Refused;
  if (code === 'ECONNRESET' || code === 'EPIPE') return HandshakeResult.Reset;
  return HandshakeResult.Error;
}
