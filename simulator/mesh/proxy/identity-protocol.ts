import { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { connect, performServerHandshake } from 'node:http2';
import type { Duplex } from 'node:stream';

import protobuf from 'protobufjs/light.js';
import { z } from 'zod';

/** What a proxy sends to linkerd-identity. */
export interface CertifyRequest {
  /** The identity name that the leaf is for. */
  readonly identity: string;
  /** Of the pod's service account, for the audience of identity. */
  readonly token: string;
  /** PKCS#10, DER. */
  readonly signingRequest: Uint8Array;
}

/** What linkerd-identity answers to a certify request, all PEM. */
export interface CertifiedLeaf {
  readonly leaf: string;
  /** The issuer and whatever stands behind it in the issuer's file. */
  readonly intermediates: readonly string[];
}

/** The certify call of linkerd-identity. */
export interface Certifier {
  /** @throws when the issuer or the request is no good; nothing is signed then. */
  certify(request: CertifyRequest): Promise<CertifiedLeaf>;
}

/** linkerd2-proxy-api `proto/identity.proto`. */
const certifyPath = '/io.linkerd.proxy.identity.Identity/Certify';
const { Field, Type } = protobuf;
const requestType = new Type('CertifyRequest')
  .add(new Field('identity', 1, 'string'))
  .add(new Field('token', 2, 'bytes'))
  .add(new Field('signingRequest', 3, 'bytes'));
const responseType = new Type('CertifyResponse')
  .add(new Field('leaf', 1, 'bytes'))
  .add(new Field('intermediates', 2, 'bytes', 'repeated'))
  .add(new Field('validUntil', 3, 'Timestamp'))
  .add(new Type('Timestamp').add(new Field('seconds', 1, 'int64')));

const bytes = z.instanceof(Uint8Array);
const requestFields = z.object({ identity: z.string(), token: bytes, signingRequest: bytes });
const responseFields = z.object({ leaf: bytes, intermediates: z.array(bytes).default([]) });

const ok = 0;
const failedPrecondition = 9;
const unavailable = 14;

/**
 * Answers certify calls on a connection, whatever it runs over. The container is asked for anew each
 * time, since it may restart while its pod's proxy stays.
 */
export function serveCertify(socket: Duplex, identity: () => Certifier | undefined): void {
  const session = performServerHandshake(socket);
  // A broken connection: the caller sees it too.
  session.on('error', () => socket.destroy());
  session.on('stream', (stream, headers) => {
    stream.on('error', () => socket.destroy());
    const certifier = headers[':path'] === certifyPath ? identity() : undefined;
    answer(stream, certifier).catch((error: unknown) => {
      // The caller reports it: a refusal is its failure, not this server's.
      const code = certifier === undefined ? unavailable : failedPrecondition;
      if (!stream.headersSent && !stream.destroyed) {
        stream.respond({ ...contentType, ...statusOf(code, error) }, { endStream: true });
      }
    });
  });
}

/** @throws when the connection breaks, or identity refuses. */
export async function callCertify(
  socket: Duplex,
  { identity, token, signingRequest }: CertifyRequest,
): Promise<CertifiedLeaf> {
  const session = connect('http://linkerd-identity', { createConnection: () => socket });
  try {
    return await new Promise((resolve, reject) => {
      session.once('error', reject);
      socket.once('close', () => reject(new Error('identity closed the connection')));
      const stream = session.request({
        ...contentType,
        ':method': 'POST',
        ':path': certifyPath,
        te: 'trailers',
      });
      const chunks: Buffer[] = [];
      let status: Readonly<Record<string, unknown>> = {};
      stream.once('error', reject);
      // A refusal comes in the headers, since no message follows them.
      stream.on('response', (headers) => (status = headers));
      stream.on('trailers', (trailers: IncomingHttpHeaders) => (status = trailers));
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.once('end', () => {
        if (Number(status['grpc-status']) === ok) resolve(decodeLeaf(Buffer.concat(chunks)));
        else reject(refusal(status['grpc-message']));
      });
      const message = { identity, token: Buffer.from(token), signingRequest };
      stream.end(frame(requestType.encode(message).finish()));
    });
  } finally {
    session.destroy();
  }
}

const contentType = { 'content-type': 'application/grpc' };

async function answer(stream: ServerHttp2Stream, certifier: Certifier | undefined): Promise<void> {
  if (certifier === undefined) throw new Error('the identity container does not serve');
  const chunks: Buffer[] = [];
  // A stream without an encoding yields buffers.
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const request = requestFields.parse(requestType.decode(unframe(Buffer.concat(chunks))));
  const token = Buffer.from(request.token).toString();
  const { leaf, intermediates } = await certifier.certify({ ...request, token });
  const certificate = new X509Certificate(leaf);
  const message = responseType.encode({
    leaf: certificate.raw,
    intermediates: intermediates.map((pem) => new X509Certificate(pem).raw),
    validUntil: { seconds: Math.floor(certificate.validToDate.getTime() / 1_000) },
  });
  if (stream.destroyed) return;
  stream.respond(contentType, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers(statusOf(ok)));
  stream.end(frame(message.finish()));
}

function decodeLeaf(body: Buffer): CertifiedLeaf {
  const { leaf, intermediates } = responseFields.parse(responseType.decode(unframe(body)));
  const pem = (der: Uint8Array): string => new X509Certificate(der).toString();
  return { leaf: pem(leaf), intermediates: intermediates.map(pem) };
}

function statusOf(code: number, error?: unknown): Record<string, string> {
  const message = error instanceof Error ? error.message : String(error);
  return {
    'grpc-status': String(code),
    ...(error === undefined ? {} : { 'grpc-message': encodeURIComponent(message) }),
  };
}

function refusal(message: unknown): Error {
  const why = typeof message === 'string' ? decodeURIComponent(message) : 'without a reason';
  return new Error(`identity refused to certify: ${why}`);
}

/** gRPC: one byte for "not compressed", four for the length, the message. */
function frame(message: Uint8Array): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

function unframe(body: Buffer): Buffer {
  return body.subarray(5, 5 + body.readUInt32BE(1));
}
