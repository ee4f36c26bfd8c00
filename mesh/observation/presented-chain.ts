import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

/** What a proxy presents: its leaf, and behind it what it sends along, each signed by the next. */
export type PresentedChain = readonly X509Certificate[];

/**
 * By the fingerprint of a leaf, as Node writes it, what stands behind it. A proxy gets both in one answer
 * of linkerd-identity (linkerd2-proxy-api, `CertifyResponse`), and to read a chain takes Node a seventh of
 * what the handshake takes.
 */
const behindLeaf = new Map<string, PresentedChain>();
/** Leaves turn over, so the oldest are forgotten. */
const rememberedLeaves = 20_000;
/** Issuers and bridges: few, and kept once for all leaves. */
const authorities = new Map<string, X509Certificate>();

/**
 * What the server of an open connection has presented. Certificates that lead from the leaf to nowhere are
 * left out: they help no verifier.
 *
 * Not by `getPeerX509Certificate`, which leaks each certificate behind the leaf, 4 KiB every time (Node 24):
 * a worker shakes hands for as long as it lives.
 */
export function presentedChain(socket: TLSSocket): PresentedChain {
  const { raw, fingerprint256 } = socket.getPeerCertificate();
  const behind = behindLeaf.get(fingerprint256) ?? learnBehind(socket, fingerprint256);
  return [new X509Certificate(raw), ...behind];
}

function learnBehind(socket: TLSSocket, leaf: string): PresentedChain {
  const behind: X509Certificate[] = [];
  for (const { raw, fingerprint256 } of issuersOf(socket.getPeerCertificate(true))) {
    const certificate = authorities.get(fingerprint256) ?? new X509Certificate(raw);
    authorities.set(fingerprint256, certificate);
    behind.push(certificate);
  }
  behindLeaf.set(leaf, behind);
  if (behindLeaf.size > rememberedLeaves) {
    const [oldest] = behindLeaf.keys();
    if (oldest !== undefined) behindLeaf.delete(oldest);
  }
  return behind;
}

/** Node marks a certificate that it takes for self-signed by a link to itself. */
function* issuersOf(leaf: DetailedPeerCertificate): Generator<DetailedPeerCertificate> {
  const met = new Set([leaf]);
  // The last one that it can link has none, whatever Node's types say.
  let last: Partial<DetailedPeerCertificate> = leaf;
  for (;;) {
    const { issuerCertificate: next } = last;
    if (next === undefined || met.has(next)) return;
    met.add(next);
    yield next;
    last = next;
  }
}
