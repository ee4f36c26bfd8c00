import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { Remembered } from './remembered.ts';

/** A certificate that one proxy alone presents. */
export interface PresentedLeaf {
  readonly der: Buffer;
  /** As OpenSSL writes it. */
  readonly fingerprint: string;
}

/** What a proxy presents: its leaf, and behind it what it sends along, each signed by the next. */
export interface PresentedChain {
  readonly leaf: PresentedLeaf;
  readonly behind: readonly X509Certificate[];
}

/** Leaves turn over, so the oldest are forgotten. */
export const rememberedLeaves = 20_000;
/**
 * By the fingerprint of a leaf, what stands behind it. A proxy gets both in one answer of linkerd-identity
 * (linkerd2-proxy-api, `CertifyResponse`), and to read a chain takes Node a seventh of what the handshake
 * takes.
 */
const behindLeaf = new Remembered<PresentedChain['behind']>(rememberedLeaves);
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
  const { raw: der, fingerprint256: fingerprint } = socket.getPeerCertificate();
  const behind = behindLeaf.get(fingerprint) ?? learnBehind(socket, fingerprint);
  return { leaf: { der, fingerprint }, behind };
}

function learnBehind(socket: TLSSocket, leaf: string): PresentedChain['behind'] {
  const behind: X509Certificate[] = [];
  for (const { raw, fingerprint256 } of issuersOf(socket.getPeerCertificate(true))) {
    const certificate = authorities.get(fingerprint256) ?? new X509Certificate(raw);
    authorities.set(fingerprint256, certificate);
    behind.push(certificate);
  }
  behindLeaf.set(leaf, behind);
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
