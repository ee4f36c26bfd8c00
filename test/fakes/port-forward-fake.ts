import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { trackConnections } from '../../simulator/track-connections.ts';
import { createServerCertificate } from './server-certificate.ts';

/** RFC 6455 §1.3. */
const webSocketGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const stream = { data: 0, error: 1 } as const;

/** What happens to a request to forward a port. */
export type Behaviour =
  { readonly toPort: number } | { readonly error: string } | 'refuse' | 'hang';

export interface PortForwardFake {
  readonly url: string;
  readonly ca: string;
  readonly paths: readonly string[];
  behave(behaviour: Behaviour): void;
  stop(): Promise<void>;
}

/** An API server that forwards every port to one on the loopback, by Kubernetes' WebSocket protocol. */
export async function startPortForwardFake(): Promise<PortForwardFake> {
  const { cert, key } = await createServerCertificate();
  const paths: string[] = [];
  let behaviour: Behaviour = 'refuse';
  const server = createServer({ cert, key });
  const cutConnections = trackConnections(server);
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    paths.push(request.url ?? '');
    socket.on('error', () => socket.destroy());
    if (behaviour === 'hang') return;
    if (behaviour === 'refuse') {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    accept(request, socket);
    if ('error' in behaviour) {
      sendFrame(socket, stream.error, Buffer.concat([portBytes, Buffer.from(behaviour.error)]));
      return;
    }
    forward(socket, connect(behaviour.toPort, '127.0.0.1'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Sound: a listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;

  return {
    url: `https://127.0.0.1:${String(port)}`,
    ca: cert,
    paths,
    behave: (next) => {
      behaviour = next;
    },
    stop: async () => {
      cutConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Each stream begins with two bytes that name the port. */
const portBytes = Buffer.from([0, 0]);

function accept(request: IncomingMessage, socket: Socket): void {
  const key = request.headers['sec-websocket-key'] ?? '';
  const answer = createHash('sha1').update(`${key}${webSocketGuid}`).digest('base64');
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${answer}\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n`,
  );
}

function forward(socket: Socket, target: Socket): void {
  sendFrame(socket, stream.data, portBytes);
  sendFrame(socket, stream.error, portBytes);
  target.on('data', (data: Buffer) => {
    sendFrame(socket, stream.data, data);
  });
  target.on('error', () => socket.destroy());
  target.on('close', () => socket.destroy());
  socket.on('close', () => target.destroy());
  readFrames(socket, (payload) => target.write(payload.subarray(1)));
}

/** Binary frames from server to client are not masked (RFC 6455 §5.1). */
function sendFrame(socket: Socket, channel: number, data: Buffer): void {
  const payload = Buffer.concat([Buffer.from([channel]), data]);
  const short = payload.length < 126;
  const header = Buffer.alloc(short ? 2 : 4);
  header[0] = 0x82;
  header[1] = short ? payload.length : 126;
  if (!short) header.writeUInt16BE(payload.length, 2);
  socket.write(Buffer.concat([header, payload]));
}

/** Enough of a reader for what the client sends: masked frames below 64 KiB, a close frame ends it. */
function readFrames(socket: Socket, onBinary: (payload: Buffer) => void): void {
  let pending = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const frame = takeFrame(pending);
      if (frame === undefined) return;
      pending = pending.subarray(frame.size);
      if (frame.opcode === 0x8) socket.end();
      else onBinary(frame.payload);
    }
  });
}

function takeFrame(
  bytes: Buffer,
): { readonly opcode: number; readonly payload: Buffer; readonly size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const extended = (bytes.readUInt8(1) & 0x7f) === 126;
  const start = (extended ? 4 : 2) + 4;
  if (bytes.length < start) return undefined;
  const length = extended ? bytes.readUInt16BE(2) : bytes.readUInt8(1) & 0x7f;
  if (bytes.length < start + length) return undefined;
  const mask = bytes.subarray(start - 4, start);
  const payload = Buffer.from(bytes.subarray(start, start + length));
  for (let at = 0; at < length; at += 1) {
    payload.writeUInt8(payload.readUInt8(at) ^ mask.readUInt8(at % 4), at);
  }
  return { opcode: bytes.readUInt8(0) & 0x0f, payload, size: start + length };
}
