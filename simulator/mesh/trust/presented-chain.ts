import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

import type { CertificateFacts } from '../../../domain/certificate.ts';
import { factsOfDer } from './certificate-facts.ts';

interface Sent {
  readonly raw: Buffer;
  readonly fingerprint256: string;
}

/** What Node links behind a leaf, where nothing else was sent: the fingerprints in their order. */
const wholeChains = new Set<string>();

/**
 * What the peer presented, leaf first; empty when it presented none. To be called once a connection.
 *
 * What Node links by itself lacks certificates whose key identifiers do not match, at which proxies do not
 * look. All that was sent is read by a call that leaks it (Node 24): once an issuer, where nothing is lacking.
 */
export function presentedChain(socket: TLSSocket): CertificateFacts[] {
  const linked = [...linkedIn(socket)];
  const key = linked
    .slice(1)
    .map(({ fingerprint256 }) => fingerprint256)
    .join();
  if (linked.length === 0 || wholeChains.has(key)) return linked.map(factsOf);
  const sent = [...sentOver(socket)];
  if (sent.length === linked.length) wholeChains.add(key);
  return sent.map(factsOf);
}

function factsOf({ raw, fingerprint256 }: Sent): CertificateFacts {
  return factsOfDer(raw, fingerprint256);
}

function* linkedIn(socket: TLSSocket): Generator<Sent> {
  const met = new Set<object>();
  let next: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  // Node marks a certificate that it takes for self-signed by a link to itself.
  while (next?.raw !== undefined && next.fingerprint256 !== undefined && !met.has(next)) {
    met.add(next);
    yield { raw: next.raw, fingerprint256: next.fingerprint256 };
    next = next.issuerCertificate;
  }
}

function* sentOver(socket: TLSSocket): Generator<Sent> {
  let next = socket.getPeerX509Certificate();
  while (next !== undefined) {
    yield next;
    next = next.issuerCertificate;
  }
}
