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
const authorities = new Remembered<X509Certificate>(1_000);
/** What Node links behind a leaf, where nothing else was sent: the fingerprints in their order. */
const wholeChains = new Remembered<true>(1_000);

/**
 * What the server of an open connection has presented.
 *
 * `getPeerX509Certificate` would show all that was sent, but leaks each certificate behind the leaf, 4 KiB
 * every time (Node 24), and a worker shakes hands for as long as it lives. `getPeerCertificate` leaks none,
 * but leaves out what OpenSSL cannot link, which looks at key identifiers; proxies do not (rustls-webpki).
 * So what is linked behind an issuer is compared once with what was sent: the file of an issuer is written
 * as a whole. Where the two differ, every leaf is read the leaking way, and seen as proxies see it.
 */
export function presentedChain(socket: TLSSocket): PresentedChain {
  const { raw: der, fingerprint256: fingerprint } = socket.getPeerCertificate();
  const behind = behindLeaf.get(fingerprint) ?? learnBehind(socket, fingerprint);
  return { leaf: { der, fingerprint }, behind };
}

function learnBehind(socket: TLSSocket, leaf: string): PresentedChain['behind'] {
  const linked = [...linkedBehind(socket.getPeerCertificate(true))];
  const key = linked.map(({ fingerprint256 }) => fingerprint256).join();
  let behind = linked;
  if (wholeChains.get(key) === undefined) {
    const sent = [...sentBehind(socket)];
    if (sent.length === linked.length) wholeChains.set(key, true);
    else behind = sent;
  }
  const kept = behind.map(keptOnce);
  behindLeaf.set(leaf, kept);
  return kept;
}

function keptOnce({ raw, fingerprint256 }: Sent): X509Certificate {
  const certificate = authorities.get(fingerprint256) ?? new X509Certificate(raw);
  authorities.set(fingerprint256, certificate);
  return certificate;
}

type Sent = Pick<X509Certificate, 'raw' | 'fingerprint256'>;

/** To be called last, and once a connection: Node takes the certificates out of it. */
function* sentBehind(socket: TLSSocket): Generator<Sent> {
  let next = socket.getPeerX509Certificate()?.issuerCertificate;
  while (next !== undefined) {
    yield next;
    next = next.issuerCertificate;
  }
}

/** Node marks a certificate that it takes for self-signed by a link to itself. */
function* linkedBehind(leaf: DetailedPeerCertificate): Generator<Sent> {
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
