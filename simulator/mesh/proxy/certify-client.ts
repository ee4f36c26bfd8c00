import type { CertifiedLeaf } from './identity-protocol.ts';
import { callCertify } from './identity-protocol.ts';
import { Port } from '../linkerd-names.ts';
import { dial, provesName } from './mutual-tls.ts';
import type { ProxyCredentials } from './proxy-credentials.ts';

/** Identity asks the API server about each token, which takes its time while many pods start. */
const certifyTimeoutMs = 9_000;

export interface IdentityPeer {
  readonly podIp: string;
  /** The identity that its proxy must prove. */
  readonly name: string;
}

/**
 * Asks linkerd-identity for a leaf over a new mutual-TLS connection through the identity pod's own
 * proxy, presenting the current leaf when there is one (linkerd2-proxy `identity-client/certify.rs`).
 *
 * @throws when the connection fails, either side does not verify, or identity refuses.
 */
export async function certifyOverMesh(
  credentials: ProxyCredentials,
  identity: IdentityPeer,
  token: string,
): Promise<CertifiedLeaf> {
  const { socket, chain, verdict } = await dial(credentials, {
    host: identity.podIp,
    port: Port.Identity,
    serverName: identity.name,
    timeoutMs: certifyTimeoutMs,
  });
  try {
    if (!verdict.accepted) throw new Error(`identity's certificate is refused: ${verdict.fault}`);
    if (!provesName(chain, identity.name))
      throw new Error(`identity did not prove ${identity.name}`);
    const { name, signingRequest } = credentials;
    return await callCertify(socket, { identity: name, token, signingRequest });
  } finally {
    socket.destroy();
  }
}
