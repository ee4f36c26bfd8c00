import type { IncomingMessage, RequestListener } from 'node:http';

import type { CertifyRequest } from './certify-client.ts';
import { certifyRequest } from './certify-client.ts';
import type { CertifiedLeaf } from './proxy-credentials.ts';

/** The certify call of linkerd-identity. */
export interface Certifier {
  /** @throws when the issuer or the request is no good; nothing is signed then. */
  certify(request: CertifyRequest): Promise<CertifiedLeaf>;
}

/**
 * Hands certify requests from port 8080 to the identity container behind it. The container is asked
 * for anew each time, since it may restart while its pod's proxy stays.
 */
export function certifyHandler(identity: () => Certifier | undefined): RequestListener {
  return (request, response) => {
    certify(identity(), request).then(
      (certified) => response.writeHead(200).end(JSON.stringify(certified)),
      // The caller reports it: a refusal is its failure, not this server's.
      (error: unknown) => response.writeHead(503).end(String(error)),
    );
  };
}

async function certify(
  identity: Certifier | undefined,
  request: IncomingMessage,
): Promise<CertifiedLeaf> {
  if (identity === undefined) throw new Error('the identity container does not serve');
  const chunks: Buffer[] = [];
  // A request stream without an encoding yields buffers.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return identity.certify(certifyRequest.parse(JSON.parse(Buffer.concat(chunks).toString())));
}
