import { hash, X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { elementAt, partsOf } from './der.ts';
import { Remembered } from './remembered.ts';

/** A certificate that one proxy alone presents. */
export interface PresentedLeaf {
  readonly der: Buffer;
  /** SHA-256 of the DER, in hex. */
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
  const der = leafInSession(socket) ?? socket.getPeerCertificate().raw;
  const fingerprint = hash('sha256', der, 'hex');
  const behind = behindLeaf.get(fingerprint) ?? learnBehind(socket, fingerprint);
  return { leaf: { der, fingerprint }, behind };
}

/** The peer's certificate in OpenSSL's session, an explicit `[3]` of its sequence (`ssl/ssl_asn1.c`). */
const peerTag = 0xa3;
/** Of a DER sequence whose length takes two bytes. */
const longSequence = Buffer.from([0x30, 0x82]);

/**
 * The leaf as the session of the connection holds it: Node hands a session out as bytes, where for a
 * certificate it decodes every name, key and date, which takes as long as a tenth of the handshake.
 */
function leafInSession(socket: TLSSocket): Buffer | undefined {
  const session = socket.getSession();
  if (session === undefined) return undefined;
  try {
    const der = session.subarray(startOfSequence(session));
    return partsOf(elementAt(der, 0)).find(({ tag }) => tag === peerTag)?.content;
  } catch {
    // Its form is Node's and OpenSSL's own affair: where another has come, Node is asked.
    return undefined;
  }
}

/** Node may put notes of its own before OpenSSL's bytes, which are a sequence that goes to the end. */
function startOfSequence(session: Buffer): number {
  let at = session.indexOf(longSequence);
  while (at !== -1 && at + 4 + session.readUInt16BE(at + 2) !== session.length) {
    at = session.indexOf(longSequence, at + 1);
  }
  return Math.max(at, 0);
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
