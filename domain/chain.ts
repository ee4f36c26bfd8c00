import type { CertificateFacts } from './certificate.ts';
import { isInDate } from './certificate.ts';

export type Usage = 'serverAuth' | 'clientAuth';

/** Whether `child`'s signature verifies with `signer`'s public key. Names are not looked at here. */
export type SignedBy = (child: CertificateFacts, signer: CertificateFacts) => boolean;

export interface ChainCheck {
  /** Unix milliseconds at which the chain is judged. */
  readonly atMs: number;
  readonly usage: Usage;
  readonly signedBy: SignedBy;
}

export const ChainFault = {
  Empty: 'empty',
  LeafExpired: 'leaf-expired',
  LeafNotYetValid: 'leaf-not-yet-valid',
  LeafIsCa: 'leaf-is-ca',
  UsageNotAllowed: 'usage-not-allowed',
  UnknownIssuer: 'unknown-issuer',
} as const;
export type ChainFault = (typeof ChainFault)[keyof typeof ChainFault];

export type ChainVerdict =
  | { readonly accepted: true; readonly anchor: CertificateFacts }
  | { readonly accepted: false; readonly fault: ChainFault };

/** webpki refuses a path with more intermediates than this (rustls-webpki `MAX_SUB_CA_COUNT`). */
const webpkiMaxIntermediates = 6;

/** Looks for an anchor above `certificate`; `path` holds what was used below it. */
type Search = (
  certificate: CertificateFacts,
  path: readonly CertificateFacts[],
) => CertificateFacts | undefined;

/**
 * Judges a presented chain (leaf first) as a Linkerd proxy does, by rustls-webpki's rules: an anchor
 * is nothing but subject and key, so its dates and constraints do not count; the dates, the CA flag,
 * the path length and the usages of every intermediate do; certificates of one subject are all tried.
 * Measured against real proxies (see `docs/architecture.md`, "How chains are judged").
 */
export function webpkiAccepts(
  chain: readonly CertificateFacts[],
  anchors: readonly CertificateFacts[],
  check: ChainCheck,
): ChainVerdict {
  const [leaf, ...intermediates] = chain;
  if (leaf === undefined) return refuse(ChainFault.Empty);
  const fault = leafFault(leaf, check);
  if (fault !== undefined) return refuse(fault);

  const search: Search = (certificate, path) => {
    const anchor = anchors.find((candidate) => issued(candidate, certificate, check));
    if (anchor !== undefined) return anchor;
    if (path.length > webpkiMaxIntermediates) return undefined;
    return firstAnchor(
      intermediates.filter(
        (candidate) =>
          mayIssue(candidate, path.length - 1, check) &&
          allowsUsage(candidate, check.usage) &&
          !onPath(path, candidate) &&
          issued(candidate, certificate, check),
      ),
      path,
      search,
    );
  };
  return verdict(search(leaf, [leaf]));
}

/**
 * Judges a CA certificate and its intermediates as linkerd-identity does with its issuer file, by the
 * rules of Go's `crypto/x509`: of an anchor, too, the dates, the path length and the usages count. The
 * call names no usage, which to Go means server authentication, all the way up. Source: linkerd2
 * `pkg/tls/cred.go`, `pkg/identity/service.go`; path length measured; compared with Go in `test/golden`.
 */
export function goAccepts(
  chain: readonly CertificateFacts[],
  anchors: readonly CertificateFacts[],
  check: Omit<ChainCheck, 'usage'>,
): ChainVerdict {
  const [first, ...intermediates] = chain;
  if (first === undefined) return refuse(ChainFault.Empty);
  const dates = dateFault(first, check.atMs);
  if (dates !== undefined) return refuse(dates);
  if (!allowsServersToGo(first)) return refuse(ChainFault.UsageNotAllowed);

  const search: Search = (certificate, path) => {
    const canIssue = (candidate: CertificateFacts): boolean =>
      mayIssue(candidate, path.length - 1, check) &&
      candidate.lacksCertSign !== true &&
      allowsServersToGo(candidate) &&
      !onPathForGo(path, candidate) &&
      issued(candidate, certificate, check);
    // Go accepts a chain that starts with an anchor itself, whatever stands behind it.
    const self = anchors.find((anchor) => anchor.fingerprint === certificate.fingerprint);
    if (self !== undefined) return self;
    const anchor = anchors.find(canIssue);
    if (anchor !== undefined) return anchor;
    return firstAnchor(intermediates.filter(canIssue), path, search);
  };
  return verdict(search(first, [first]));
}

function firstAnchor(
  candidates: readonly CertificateFacts[],
  path: readonly CertificateFacts[],
  search: Search,
): CertificateFacts | undefined {
  for (const candidate of candidates) {
    const anchor = search(candidate, [...path, candidate]);
    if (anchor !== undefined) return anchor;
  }
  return undefined;
}

/** A CA in its dates whose path length allows the `below` intermediates that stand under it. */
function mayIssue(
  candidate: CertificateFacts,
  below: number,
  check: { readonly atMs: number },
): boolean {
  return (
    candidate.isCa &&
    isInDate(candidate, check.atMs) &&
    (candidate.pathLength === undefined || below <= candidate.pathLength)
  );
}

/** One key under one name is one authority: a path that visits it twice only loops. */
function onPath(path: readonly CertificateFacts[], candidate: CertificateFacts): boolean {
  return path.some((seen) => isSameAuthority(seen, candidate));
}

/**
 * Go tells certificates of one name and key apart by their alternative names as well. That the first
 * such certificate decides when one of the two has none is its way (`alreadyInChain`).
 */
function onPathForGo(path: readonly CertificateFacts[], candidate: CertificateFacts): boolean {
  const wanted = candidate.dnsNames.join();
  for (const seen of path.filter((on) => isSameAuthority(on, candidate))) {
    const names = seen.dnsNames.join();
    if (names === wanted) return true;
    if (names === '' || wanted === '') return false;
  }
  return false;
}

function isSameAuthority(one: CertificateFacts, other: CertificateFacts): boolean {
  return one.subject === other.subject && one.publicKey === other.publicKey;
}

function issued(
  signer: CertificateFacts,
  child: CertificateFacts,
  check: { readonly signedBy: SignedBy },
): boolean {
  return signer.subject === child.issuer && check.signedBy(child, signer);
}

/** An absent extension allows every usage (RFC 5280 §4.2.1.12). */
function allowsUsage(certificate: CertificateFacts, usage: Usage): boolean {
  const usages = certificate.extendedKeyUsages;
  return usages.length === 0 || usages.includes(usage);
}

const anyExtendedKeyUsage = '2.5.29.37.0';

/** Go takes "any" at its word; webpki wants the very usage that it asks for. */
function allowsServersToGo(certificate: CertificateFacts): boolean {
  return (
    allowsUsage(certificate, 'serverAuth') ||
    certificate.extendedKeyUsages.includes(anyExtendedKeyUsage)
  );
}

function leafFault(leaf: CertificateFacts, check: ChainCheck): ChainFault | undefined {
  if (leaf.isCa) return ChainFault.LeafIsCa;
  return (
    dateFault(leaf, check.atMs) ??
    (allowsUsage(leaf, check.usage) ? undefined : ChainFault.UsageNotAllowed)
  );
}

function dateFault(certificate: CertificateFacts, atMs: number): ChainFault | undefined {
  if (isInDate(certificate, atMs)) return undefined;
  return Date.parse(certificate.notBefore) > atMs
    ? ChainFault.LeafNotYetValid
    : ChainFault.LeafExpired;
}

function verdict(anchor: CertificateFacts | undefined): ChainVerdict {
  return anchor === undefined ? refuse(ChainFault.UnknownIssuer) : { accepted: true, anchor };
}

function refuse(fault: ChainFault): ChainVerdict {
  return { accepted: false, fault };
}
