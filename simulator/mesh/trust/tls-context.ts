import { constants } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import { createSecureContext } from 'node:tls';

export interface KeyAndChain {
  readonly keyPem: string;
  /** Leaf first, then all that is presented with it. */
  readonly chainPem: string;
}

/**
 * The TLS parameters of a proxy: TLS 1.3 only, no session tickets (Linkerd never resumes, and each
 * ticket costs a quarter of a handshake).
 *
 * `ca` stays empty on purpose: given two anchors of one name, OpenSSL checks a signature with the
 * wrong one, and the error it leaves behind fails a handshake that our own judging accepts.
 */
export function proxyTlsContext(identity?: KeyAndChain): SecureContext {
  return createSecureContext({
    ...(identity === undefined ? {} : { key: identity.keyPem, cert: identity.chainPem }),
    ca: [],
    minVersion: 'TLSv1.3',
    ecdhCurve: 'X25519:prime256v1',
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
}
