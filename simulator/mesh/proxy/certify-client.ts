import { request } from 'node:http';
import type { TLSSocket } from 'node:tls';

import { z } from 'zod';

import { Port } from '../linkerd-names.ts';
import { dial, provesName } from './mutual-tls.ts';
import type { CertifiedLeaf, ProxyCredentials } from './proxy-credentials.ts';

const certifyTimeoutMs = 5_000;

const certifiedLeaf = z.object({ leaf: z.string(), intermediates: z.array(z.string()) });

/** What a proxy sends to linkerd-identity. */
export const certifyRequest = z.object({
  identity: z.string(),
  /** PKCS#10, base64 of the DER. */
  signingRequest: z.string(),
});
export type CertifyRequest = z.infer<typeof certifyRequest>;

/**
 * Asks linkerd-identity for a leaf over a new mutual-TLS connection through the identity pod's own
 * proxy, presenting the current leaf when there is one (linkerd2-proxy `identity-client/certify.rs`).
 *
 * @throws when the connection fails, either side does not verify, or identity refuses.
 */
export async function certifyOverMesh(
  credentials: ProxyCredentials,
  identityPodIp: string,
  serverName: string,
): Promise<CertifiedLeaf> {
  const { socket, chain, verdict } = await dial(credentials, {
    host: identityPodIp,
    port: Port.Identity,
    serverName,
    timeoutMs: certifyTimeoutMs,
  });
  try {
    if (!verdict.accepted) throw new Error(`identity's certificate is refused: ${verdict.fault}`);
    if (!provesName(chain, serverName)) throw new Error(`identity did not prove ${serverName}`);
    const { name: identity, signingRequest } = credentials;
    return certifiedLeaf.parse(JSON.parse(await post(socket, { identity, signingRequest })));
  } finally {
    socket.destroy();
  }
}

function post(socket: TLSSocket, body: CertifyRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { createConnection: () => socket, method: 'POST', path: '/certify' },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`identity refused to certify: ${text}`));
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}
